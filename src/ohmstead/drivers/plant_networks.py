"""Networks of a machine that is none: an Ethernet, a radio and a modem in this process, for the Networks port.

What a person sets has the outcome that it would have: a wrong key does not come up, an address beside the net reaches
nobody and is taken back, a cable that is drawn is no link.
"""

from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network

from ohmstead.core.model.errors import DeviceRefused
from ohmstead.core.model.networks import (
    KINDS,
    AccessPoint,
    JoinWifi,
    Link,
    LinkKind,
    SetEthernet,
    SetHotspot,
    SetMobile,
    StaticIp,
)
from ohmstead.core.model.reasons import Reason

NET = ip_network("192.168.1.0/24")
RADIOS: tuple[tuple[AccessPoint, str | None], ...] = (
    (AccessPoint("Via Roma 12", 78, "wpa"), "sunshine"),
    (AccessPoint("Neighbour", 41, "wpa"), "not yours"),
    (AccessPoint("Guests", 66, "open"), None),
)
"""In reach, each with its key."""
_SPEED = {"auto": 1000, "100-full": 100, "100-half": 100, "10-full": 10, "10-half": 10}


@dataclass
class PlantNetworks:
    """``dead`` names links whose cable is drawn or that nobody answers on; ``preferred`` is where everything goes."""

    dead: set[LinkKind] = field(default_factory=set)
    preferred: LinkKind | None = None

    def __post_init__(self) -> None:
        """As it was delivered."""
        self._deliver()

    async def forget(self) -> None:
        """As it was delivered."""
        self._deliver()

    def _deliver(self) -> None:
        """A wire with DHCP, nothing else."""
        self._links: dict[LinkKind, Link] = {
            "ethernet": _up(Link("ethernet", "eth0", speed_mbps=1000, mode="auto"), None),
            "wifi": Link("wifi", "wlan0"),
            "mobile": Link("mobile", "wwan0", enabled=False),
        }
        self._hotspot: str | None = None

    async def links(self) -> tuple[Link, ...]:
        """As they are."""
        return tuple(replace(link, reaches=link.connected and link.kind not in self.dead) for link in self._ordered())

    def carry(self, received: int, sent: int) -> None:
        """So many bytes went over the mobile link."""
        mobile = self._links["mobile"]
        count = (mobile.received_bytes or 0) + received, (mobile.sent_bytes or 0) + sent
        self._links["mobile"] = replace(mobile, received_bytes=count[0], sent_bytes=count[1])

    async def hotspot(self) -> str | None:
        """Its name while it is open."""
        return self._hotspot

    async def scan(self) -> tuple[AccessPoint, ...]:
        """The radios in reach."""
        return tuple(sorted((point for point, _ in RADIOS), key=lambda point: -point.signal_percent))

    async def join(self, wifi: JoinWifi) -> None:
        """Join by name and key. Raises DeviceRefused."""
        found = next(((point, key) for point, key in RADIOS if point.ssid == wifi.ssid), None)
        if found is None or found[1] != wifi.key:
            raise DeviceRefused(Reason("networks.not_up"))
        link = replace(self._links["wifi"], ssid=wifi.ssid, signal_percent=found[0].signal_percent, enabled=True)
        self._links["wifi"] = _up(link, wifi.ip)
        self._hotspot = None

    async def ethernet(self, wanted: SetEthernet) -> None:
        """Set the wire. Raises DeviceRefused."""
        if not wanted.enabled:
            self._links["ethernet"] = Link("ethernet", "eth0", enabled=False)
            return
        wire = Link("ethernet", "eth0", speed_mbps=_SPEED[wanted.mode], mode=wanted.mode)
        self._links["ethernet"] = _up(wire, wanted.ip)

    async def mobile(self, wanted: SetMobile) -> None:
        """Set the modem."""
        link = Link("mobile", "wwan0", enabled=wanted.enabled, apn=wanted.apn or None)
        self._links["mobile"] = replace(_up(link, None), received_bytes=0, sent_bytes=0) if wanted.enabled else link

    async def open_hotspot(self, wanted: SetHotspot) -> None:
        """Open it, or close it; one radio is either in a network or its own."""
        self._hotspot = wanted.ssid if wanted.enabled else None
        if wanted.enabled:
            self._links["wifi"] = Link("wifi", "wlan0")

    async def prefer(self, kind: LinkKind) -> None:
        """Remembered."""
        self.preferred = kind

    async def close(self) -> None:
        """Nothing to give back."""

    def _ordered(self) -> list[Link]:
        return [self._links[kind] for kind in KINDS]


def _up(link: Link, ip: StaticIp | None) -> Link:
    if ip is not None and ip_address(ip.address) not in NET:
        raise DeviceRefused(Reason("networks.no_longer_reached"))
    rank = KINDS.index(link.kind)
    address = f"192.168.1.{20 + rank}/24" if ip is None else f"{ip.address}/{ip.prefix}"
    gateway = "192.168.1.1" if ip is None else ip.gateway
    dns = ("192.168.1.1",) if ip is None else ip.dns
    return replace(link, connected=True, address=address, gateway=gateway, dns=dns, fixed=ip is not None)
