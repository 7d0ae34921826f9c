"""The machine's own networks: what people set, what is found, how each link is (EV-203 to EV-210, G-080 to G-082)."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

LinkKind = Literal["ethernet", "wifi", "mobile"]
LinkMode = Literal["auto", "100-full", "100-half", "10-full", "10-half"]
"""Speed in Mbit/s and duplex of a wire (EV-209)."""
Security = Literal["open", "wpa", "wpa3", "enterprise"]
"""What a Wi-Fi asks for; the last cannot be joined with a password alone."""

KINDS: tuple[LinkKind, ...] = ("ethernet", "wifi", "mobile")
"""The first that works is used (G-080)."""
SSID_BYTES = 32
KEY_LENGTH = (8, 63)
"""Characters of a WPA passphrase (IEEE 802.11i)."""


class _Values(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def _usable(text: str) -> str:
    address = IPv4Address(text)
    if address.is_unspecified or address.is_multicast or address.is_loopback:
        raise ValueError("the address of a machine, such as 192.168.1.20")
    return text


def _ssid(text: str) -> str:
    if not 1 <= len(text.encode()) <= SSID_BYTES:
        raise ValueError(f"1 to {SSID_BYTES} bytes")
    return text


def _key(text: str) -> str:
    least, most = KEY_LENGTH
    if not least <= len(text) <= most or not text.isascii() or not text.isprintable():
        raise ValueError(f"{least} to {most} characters without accents")
    return text


Address = Annotated[str, AfterValidator(_usable)]
Ssid = Annotated[str, AfterValidator(_ssid)]
WifiKey = Annotated[str, AfterValidator(_key)]


class StaticIp(_Values):
    """An address that does not come from DHCP (EV-205, EV-210, G-082)."""

    address: Address
    prefix: int = Field(ge=8, le=30)
    """Bits of the net: 24 is the mask 255.255.255.0."""
    gateway: Address
    dns: tuple[Address, ...] = Field(default=(), max_length=3)

    @model_validator(mode="after")
    def _together(self) -> "StaticIp":
        net = IPv4Interface(f"{self.address}/{self.prefix}").network
        gateway = IPv4Address(self.gateway)
        if gateway not in net or gateway in (net.network_address, net.broadcast_address):
            raise ValueError(f"a gateway in {net}")
        if IPv4Address(self.address) in (net.network_address, net.broadcast_address, gateway):
            raise ValueError(f"an address in {net} that is neither its first, its last, nor the gateway")
        return self


class JoinWifi(_Values):
    """A Wi-Fi to join, from the scan or typed (EV-204)."""

    ssid: Ssid
    key: WifiKey | None = None
    """``None`` for an open one."""
    hidden: bool = False
    ip: StaticIp | None = None
    """``None`` asks DHCP."""


class SetEthernet(_Values):
    """The wire (EV-209, EV-210)."""

    enabled: bool = True
    mode: LinkMode = "auto"
    ip: StaticIp | None = None


class SetMobile(_Values):
    """The modem (EV-208). The SIM has no PIN (EV-206)."""

    enabled: bool
    apn: str = Field(default="", max_length=100, pattern=r"^[A-Za-z0-9.\-]*$")

    @model_validator(mode="after")
    def _named(self) -> "SetMobile":
        if self.enabled and not self.apn:
            raise ValueError("the APN that the operator of the SIM names")
        return self


class SetHotspot(_Values):
    """The machine's own Wi-Fi, for who sets it up before a network is known (G-132)."""

    enabled: bool
    ssid: Ssid = "Ohmstead"
    key: WifiKey | None = None

    @model_validator(mode="after")
    def _locked(self) -> "SetHotspot":
        if self.enabled and self.key is None:
            raise ValueError("a key, since whoever joins reaches this machine")
        return self


class NetworksSettings(_Values):
    """Who manages the networks of this machine; without this section nobody here does."""

    driver: Literal["network-manager", "plant"]


NetworkChange = JoinWifi | SetEthernet | SetMobile | SetHotspot


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """A Wi-Fi in reach, the strongest of its name."""

    ssid: str
    signal_percent: int
    security: Security


@dataclass(frozen=True, slots=True)
class Link:
    """One way out, as it is now. ``reaches`` tells whether the internet answers there; ``None`` where nobody checks."""

    kind: LinkKind
    device: str
    """As the system calls it, such as ``eth0``."""
    enabled: bool = True
    connected: bool = False
    reaches: bool | None = None
    address: str | None = None
    """With its prefix: ``192.168.1.20/24``."""
    gateway: str | None = None
    dns: tuple[str, ...] = ()
    ssid: str | None = None
    signal_percent: int | None = None
    speed_mbps: int | None = None
    fixed: bool | None = None
    """Whether its address was set by hand; ``None`` without a link."""
    mode: LinkMode | None = None
    """How a wire was set."""
    apn: str | None = None
    """How a modem was set."""
    received_bytes: int | None = None
    """Since the link was made, as is what was sent."""
    sent_bytes: int | None = None

    @property
    def works(self) -> bool:
        """Whether it can be used."""
        return self.connected and self.reaches is not False


@dataclass(frozen=True, slots=True)
class NetworksNow:
    """All links, the one in use, and what went over the mobile one this month."""

    links: tuple[Link, ...] = ()
    using: LinkKind | None = None
    hotspot: str | None = None
    """The name of the machine's own Wi-Fi while it is open."""
    mobile_bytes: int = 0
    mobile_most_bytes: int = 0
