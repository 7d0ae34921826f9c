"""The label of a charger."""

from pydantic import Field

from ohmstead.web.views.base import View, shaped


class LabelView(View):
    """What stands on the label: whoever knows it may add the charger to an account."""

    model_config = shaped(
        {
            "charger": "garage",
            "name": "Garage",
            "serial": "OM-000123",
            "model": "Ohmstead 22 kW",
            "secret": "0F1E 2D3C 4B5A 6978 8796 A5B4 C3D2 E1F0",
            "code": "ohmstead:charger?serial=OM-000123&model=Ohmstead+22+kW&secret=0F1E2D3C4B5A69788796A5B4C3D2E1F0",
            "modules": 57,
            "path": "M4 4h1v1h-1z",
        }
    )

    charger: str
    name: str
    serial: str = Field(description="Of the board; of one that tells none, the site and the charger's key")
    model: str
    secret: str = Field(description="32 hexadecimal digits in groups of four, to be typed where nothing can be scanned")
    code: str = Field(description="What the QR code says")
    modules: int = Field(description="Width and height of the QR code with its border")
    path: str = Field(description="Its dark modules, as the `d` of an SVG path")
