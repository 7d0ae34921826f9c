"""What all shapes share: frozen, no unknown keys, an example, and a reason as key with parameters."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict

from ohmstead.core.model.reasons import Reason

ParamView = str | int | float


def shaped(*examples: JsonDict) -> ConfigDict:
    """The configuration of a shape, with its ``examples``."""
    return ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": list(examples)})


class View(BaseModel):
    """Base of every shape."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ReasonView(View):
    """Why something is as it is: a key of the language files and what fills its placeholders."""

    model_config = shaped({"key": "limit.main_fuse", "params": {"phase": "L1", "available_a": 10.0}})

    key: str = Field(description="A key of the language files, such as limit.main_fuse")
    params: Mapping[str, ParamView] = Field(
        description="Values for the placeholders; a name ends with its unit: _a, _v, _w, _s, _hz, _percent"
    )


def reason_view(reason: Reason | None) -> ReasonView | None:
    """``reason`` as a shape."""
    return None if reason is None else ReasonView(key=reason.key, params=reason.params)


def _no_text(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("a whole number, without quotes")
    return value


WHOLE = BeforeValidator(_no_text)
"""Of an int, after its bounds. JSON knows one kind of number: 4.0 is a whole one too."""

Ident = Annotated[str, Field(min_length=1, max_length=80, description="The key in site.toml")]
