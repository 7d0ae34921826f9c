"""The networks of the machine: its links, what is in reach, and what can be set."""

from typing import Annotated

from pydantic import Field
from pydantic.config import JsonDict

from ohmstead.core.model.networks import LinkKind, LinkMode, Security
from ohmstead.web.views.base import WHOLE, ReasonView, View, shaped

LINK_EXAMPLE: JsonDict = {
    "kind": "wifi",
    "device": "wlan0",
    "enabled": True,
    "connected": True,
    "reaches": True,
    "address": "192.168.1.20/24",
    "gateway": "192.168.1.1",
    "dns": ["192.168.1.1"],
    "ssid": "Via Roma 12",
    "signal_percent": 71,
    "speed_mbps": None,
    "fixed": False,
    "mode": None,
    "apn": None,
}
POINT_EXAMPLE: JsonDict = {"ssid": "Via Roma 12", "signal_percent": 71, "security": "wpa"}
IP_EXAMPLE: JsonDict = {"address": "192.168.1.50", "prefix": 24, "gateway": "192.168.1.1", "dns": ["192.168.1.1"]}


class LinkView(View):
    """One way out of this machine."""

    model_config = shaped(LINK_EXAMPLE)

    kind: LinkKind
    device: str = Field(description="As the system calls it")
    enabled: bool
    connected: bool
    reaches: bool | None = Field(description="Whether the internet answers there; null where nobody checks")
    address: str | None = Field(description="With its prefix")
    gateway: str | None
    dns: tuple[str, ...]
    ssid: str | None
    signal_percent: int | None
    speed_mbps: int | None
    fixed: bool | None = Field(description="Whether its address was set by hand; null without a link")
    mode: LinkMode | None = Field(description="How a wire was set; null without a link")
    apn: str | None = Field(description="How a modem was set; null without a link")


class NetworksView(View):
    """All links; the first of Ethernet, Wi-Fi and mobile that works is used."""

    model_config = shaped(
        {
            "fitted": True,
            "problem": None,
            "using": "wifi",
            "hotspot": None,
            "mobile_used_mb": 12.4,
            "mobile_most_mb": 200.0,
            "links": [LINK_EXAMPLE],
        }
    )

    fitted: bool = Field(description="False where nobody here manages the networks: no section networks in site.toml")
    problem: ReasonView | None = Field(description="Why the links are not of this moment")
    using: LinkKind | None
    hotspot: str | None = Field(description="The name of the machine's own Wi-Fi while it is open")
    mobile_used_mb: float = Field(description="Over the mobile link this month")
    mobile_most_mb: float = Field(description="Then the mobile link is not used any more until the month ends")
    links: tuple[LinkView, ...]


class AccessPointView(View):
    """A Wi-Fi in reach."""

    model_config = shaped(POINT_EXAMPLE)

    ssid: str
    signal_percent: int
    security: Security = Field(description="enterprise: a password alone does not join it")


class AccessPointsView(View):
    """The strongest first."""

    model_config = shaped({"points": [POINT_EXAMPLE]})

    points: tuple[AccessPointView, ...]


class StaticIpBody(View):
    """An address that does not come from DHCP."""

    model_config = shaped(IP_EXAMPLE)

    address: str = Field(max_length=15)
    prefix: Annotated[int, WHOLE] = Field(ge=8, le=30, description="24 is the mask 255.255.255.0")
    gateway: str = Field(max_length=15, description="In the same net")
    dns: tuple[Annotated[str, Field(max_length=15)], ...] = Field(default=(), max_length=3)


class JoinWifiBody(View):
    """A Wi-Fi to join; what was there before stays until it works."""

    model_config = shaped({"ssid": "Via Roma 12", "key": "correct horse", "ip": None})

    ssid: str = Field(min_length=1, max_length=32)
    key: str | None = Field(default=None, max_length=63, description="8 to 63 characters; null for an open one")
    hidden: bool = Field(default=False, strict=True)
    ip: StaticIpBody | None = Field(default=None, description="Null asks DHCP")


class EthernetBody(View):
    """How the wire is to be."""

    model_config = shaped({"enabled": True, "mode": "auto", "ip": None})

    enabled: bool = Field(default=True, strict=True)
    mode: LinkMode = "auto"
    ip: StaticIpBody | None = Field(default=None, description="Null asks DHCP")


class MobileBody(View):
    """How the modem is to be; the SIM has no PIN."""

    model_config = shaped({"enabled": True, "apn": "internet.it"})

    enabled: bool = Field(strict=True)
    apn: str = Field(default="", max_length=100, description="As the operator of the SIM names it")


class HotspotBody(View):
    """The machine's own Wi-Fi; while it is open the machine is in no other."""

    model_config = shaped({"enabled": True, "ssid": "Ohmstead", "key": "on the label"})

    enabled: bool = Field(strict=True)
    ssid: str = Field(default="Ohmstead", min_length=1, max_length=32)
    key: str | None = Field(default=None, max_length=63, description="Needed to open it")
