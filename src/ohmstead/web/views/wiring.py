"""What helps an installer to choose and to make: transformers for circuits, and cables for the buses."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.config import JsonDict

from ohmstead.web.views.base import WHOLE, ReasonView, View, shaped

ARTICLE: JsonDict = {"number": "AC-CT-100A", "name": "Split Core CT 100 A", "cable_m": None}


class ArticleView(View):
    """One item that can be ordered."""

    model_config = shaped(ARTICLE)

    number: str
    name: str
    cable_m: float | None = Field(description="Length of its own cable, where there are several to choose from")


class TransformerView(View):
    """What fits a conductor behind a breaker (G-089)."""

    model_config = shaped(
        {"breaker_a": 63.0, "kind": "split-core", "rating_a": 100.0, "articles": [ARTICLE], "solid_core": None}
    )

    breaker_a: float
    kind: Literal["split-core", "rogowski"]
    rating_a: float
    articles: tuple[ArticleView, ...] = Field(description="The cable versions to choose from")
    solid_core: ArticleView | None = Field(
        description="What may be taken instead on a new three-phase circuit; its rating stands in its data sheet"
    )


class CableBody(View):
    """A bus cable that somebody made, as it is (EM-163 to EM-168)."""

    model_config = shaped(
        {
            "pairs": 2,
            "twisted": True,
            "pin_1_with": 4,
            "straight": True,
            "impedance_ohm": 100.0,
            "awg": 24,
            "shielded": False,
            "connector": "RJ10",
        }
    )

    pairs: Annotated[int, Field(ge=0, le=50, description="Pairs of wires that are used"), WHOLE] = 2
    twisted: Annotated[bool, Field(strict=True)] = True
    pin_1_with: Annotated[int, Field(ge=2, le=4, description="The pin that shares a pair with pin 1"), WHOLE] = 4
    straight: Annotated[bool, Field(strict=True, description="Pin n to pin n")] = True
    impedance_ohm: Annotated[float, Field(strict=True, gt=0, le=1000, allow_inf_nan=False)] = 100.0
    awg: Annotated[int, Field(ge=0, le=50, description="Gauge of the wires; larger is thinner"), WHOLE] = 24
    shielded: Annotated[bool, Field(strict=True, description="Either will do")] = False
    connector: Literal["RJ10", "RJ11", "RJ12", "RJ45"] = "RJ10"


class CableView(View):
    """Whether a cable may be used, and each rule that it breaks (EM-169)."""

    model_config = shaped({"usable": True, "broken": []})

    usable: bool
    broken: tuple[ReasonView, ...]
