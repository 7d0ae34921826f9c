"""The machine's networks by NetworkManager, over D-Bus (its API version 1, org.freedesktop.NetworkManager).

Profiles are NetworkManager's own and outlive us: each kind of link has one of ours, and what stood there before stays
until the new one works. One that does not come up, or that lost the internet which was there before, is taken back.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any, TypeVar, get_args

from ohmstead.core.model.errors import DeviceError, DeviceRefused, DeviceUnreachable
from ohmstead.core.model.networks import (
    KINDS,
    AccessPoint,
    JoinWifi,
    Link,
    LinkKind,
    LinkMode,
    Security,
    SetEthernet,
    SetHotspot,
    SetMobile,
    StaticIp,
)
from ohmstead.core.model.reasons import Reason
from ohmstead.transport.dbus import NOBODY, Dbus, DbusRefused, Typed

NM = "org.freedesktop.NetworkManager"
HERE = "/org/freedesktop/NetworkManager"
NOTHING = "/"
TYPES: Mapping[int, LinkKind] = {1: "ethernet", 2: "wifi", 8: "mobile"}
"""NMDeviceType."""
ACTIVATED, DEACTIVATED = 2, 4
"""NMActiveConnectionState."""
FULL = 4
"""NMConnectivityState; 0 is that nobody checks."""
PSK, SAE = 0x100, 0x400
"""NM80211ApSecurityFlags: how a key is agreed."""
UP_S, REACH_S, LOOK_S = 45.0, 30.0, 0.5
PREFERRED = 50
"""Route metric of the link in use; the others follow by rank, each above NetworkManager's own for its kind."""
COUNT_MS = 5000

Profile = dict[str, dict[str, Typed]]
Told = TypeVar("Told")


class NetworkManager:
    """The Networks port on a machine with NetworkManager."""

    def __init__(self, bus: Dbus | None = None, look_s: float = LOOK_S, reach_s: float = REACH_S) -> None:
        """``bus`` is the system's unless another is given; ``look_s`` how often a new link is looked at."""
        self._bus, self._look_s, self._reach_s = bus or Dbus(), look_s, reach_s
        self._counted: set[str] = set()

    async def links(self) -> tuple[Link, ...]:
        """Every link that this machine has, the preferred kind first. Raises DeviceError."""
        found = [await self._link(path, kind) for path, kind in (await self._devices()).items()]
        return tuple(sorted(found, key=lambda link: KINDS.index(link.kind)))

    async def hotspot(self) -> str | None:
        """The name of the machine's own Wi-Fi while it is open. Raises DeviceError."""
        for path, kind in (await self._devices()).items():
            active = (await self._get(path, "Device"))["ActiveConnection"]
            if kind == "wifi" and active != NOTHING:
                seen = await self._get(active, "Connection.Active")
                if seen["Id"] == _id("hotspot"):
                    [profile] = await self._call(seen["Connection"], "Settings.Connection.GetSettings")
                    return bytes(profile["802-11-wireless"]["ssid"].value).decode("utf-8", "replace")
        return None

    async def scan(self) -> tuple[AccessPoint, ...]:
        """The Wi-Fi networks in reach, the strongest first. Raises DeviceError."""
        device = await self._device("wifi")
        with suppress(DeviceRefused):  # it has scanned a moment ago
            await self._call(device, "Device.Wireless.RequestScan", "a{sv}", [{}])
        [paths] = await self._call(device, "Device.Wireless.GetAllAccessPoints")
        best: dict[str, AccessPoint] = {}
        for path in paths:
            point = _point(await self._get(path, "AccessPoint"))
            if point.ssid and point.signal_percent > (best[point.ssid].signal_percent if point.ssid in best else -1):
                best[point.ssid] = point
        return tuple(sorted(best.values(), key=lambda point: -point.signal_percent))

    async def join(self, wifi: JoinWifi) -> None:
        """Join ``wifi``, or stay where we are. Raises DeviceError."""
        device = await self._device("wifi")
        known = {point.ssid: point.security for point in await self.scan()}
        radio = {"ssid": Typed("ay", wifi.ssid.encode()), "hidden": Typed("b", wifi.hidden)}
        profile: Profile = {"802-11-wireless": radio, **_key(wifi.key, known.get(wifi.ssid, "wpa"))}
        await self._take(device, "wifi", "802-11-wireless", profile | {"ipv4": _ipv4(wifi.ip)})

    async def ethernet(self, wanted: SetEthernet) -> None:
        """Let the wire be so, or as it was. Raises DeviceError."""
        device = await self._device("ethernet")
        if not wanted.enabled:
            return await self._disable(device)
        wire = {"auto-negotiate": Typed("b", wanted.mode == "auto")}
        if wanted.mode != "auto":
            speed, duplex = wanted.mode.split("-")
            wire |= {"speed": Typed("u", int(speed)), "duplex": Typed("s", duplex)}
        profile: Profile = {"802-3-ethernet": wire, "ipv4": _ipv4(wanted.ip)}
        return await self._take(device, "ethernet", "802-3-ethernet", profile)

    async def mobile(self, wanted: SetMobile) -> None:
        """Let the modem be so, or as it was. Raises DeviceError."""
        device = await self._device("mobile")
        if not wanted.enabled:
            return await self._disable(device)
        profile: Profile = {"gsm": {"apn": Typed("s", wanted.apn)}, "ipv4": _ipv4(None)}
        return await self._take(device, "mobile", "gsm", profile)

    async def open_hotspot(self, wanted: SetHotspot) -> None:
        """Open the machine's own Wi-Fi, or close it. Raises DeviceError."""
        device = await self._device("wifi")
        if not wanted.enabled:
            await self._forget("hotspot")
            return
        radio = {"ssid": Typed("ay", wanted.ssid.encode()), "mode": Typed("s", "ap")}
        profile: Profile = {"802-11-wireless": radio, **_key(wanted.key, "wpa")}
        shared = {"method": Typed("s", "shared")}
        await self._take(device, "hotspot", "802-11-wireless", profile | {"ipv4": shared}, lasting=False)

    async def forget(self) -> None:
        """Delete every profile of ours. Raises DeviceError."""
        for name in (*KINDS, "hotspot"):
            await self._forget(name)

    async def prefer(self, kind: LinkKind) -> None:
        """Send what goes out over ``kind`` from now on. Raises DeviceError."""
        for path, each in (await self._devices()).items():
            seen = await self._get(path, "Device")
            if seen["ActiveConnection"] == NOTHING:
                continue
            profile, version = await self._call(path, "Device.GetAppliedConnection", "u", [0])
            metric = PREFERRED if each == kind else 2 * PREFERRED + KINDS.index(each)
            ipv4 = profile.get("ipv4", {})
            if "route-metric" in ipv4 and ipv4["route-metric"].value == metric:
                continue
            profile["ipv4"] = ipv4 | {"route-metric": Typed("x", metric)}
            await self._call(path, "Device.Reapply", "a{sa{sv}}tu", [profile, version, 0])

    async def close(self) -> None:
        """Leave the bus."""
        await self._bus.close()

    async def _link(self, path: str, kind: LinkKind) -> Link:
        seen = await self._get(path, "Device")
        connected = seen["ActiveConnection"] != NOTHING and seen["State"] == 100
        reach = seen.get("Ip4Connectivity", 0)
        link = Link(kind, seen["Interface"], bool(seen["Autoconnect"]), connected, None if not reach else reach == FULL)
        if connected and seen["Ip4Config"] != NOTHING:
            config = await self._get(seen["Ip4Config"], "IP4Config")
            first = next(iter(config["AddressData"]), None)
            dns = tuple(one["address"] for one in config.get("NameserverData", ()))
            address = None if first is None else f"{first['address']}/{first['prefix']}"
            link = replace(link, address=address, gateway=config["Gateway"] or None, dns=dns)
            profile, _ = await self._call(path, "Device.GetAppliedConnection", "u", [0])
            link = replace(link, **_as_set(kind, profile))
        if kind == "ethernet" and connected:
            return replace(link, speed_mbps=(await self._get(path, "Device.Wired"))["Speed"] or None)
        if kind == "wifi" and connected:
            return await self._radio(path, link)
        return await self._metered(path, link) if kind == "mobile" else link

    async def _radio(self, path: str, link: Link) -> Link:
        point = (await self._get(path, "Device.Wireless"))["ActiveAccessPoint"]
        if point == NOTHING:
            return link
        seen = _point(await self._get(point, "AccessPoint"))
        return replace(link, ssid=seen.ssid, signal_percent=seen.signal_percent)

    async def _metered(self, path: str, link: Link) -> Link:
        if path not in self._counted:
            await self._said(self._bus.put(NM, path, f"{NM}.Device.Statistics", "RefreshRateMs", Typed("u", COUNT_MS)))
            self._counted.add(path)
        counted = await self._get(path, "Device.Statistics")
        return replace(link, received_bytes=counted["RxBytes"], sent_bytes=counted["TxBytes"])

    async def _take(self, device: str, name: str, type: str, profile: Profile, lasting: bool = True) -> None:
        """Bring ``profile`` up on ``device`` in the place of what is there, or leave that."""
        before = await self._get(device, "Device")
        active = before["ActiveConnection"]
        stood = None if active == NOTHING else (await self._get(active, "Connection.Active"))["Connection"]
        reached = before.get("Ip4Connectivity") == FULL
        connection = {"id": Typed("s", _id(name)), "type": Typed("s", type), "autoconnect": Typed("b", lasting)}
        older = await self._ours(name)
        body = [{"connection": connection} | profile, device, NOTHING]
        added, active = await self._call(HERE, "AddAndActivateConnection", "a{sa{sv}}oo", body)
        try:
            await self._until(lambda: self._up(active), UP_S, "networks.not_up")
            if reached and lasting:
                await self._until(lambda: self._reaches(device), self._reach_s, "networks.no_longer_reached")
        except DeviceError:
            await self._delete(added)
            if stood is not None:
                with suppress(DeviceError):
                    await self._call(HERE, "ActivateConnection", "ooo", [stood, device, NOTHING])
            raise
        for path in older:
            await self._delete(path)
        await self._said(self._bus.put(NM, device, f"{NM}.Device", "Autoconnect", Typed("b", True)))

    async def _up(self, active: str) -> bool:
        state = (await self._get(active, "Connection.Active"))["State"]
        if state == DEACTIVATED:
            raise DeviceRefused(Reason("networks.not_up"))
        return bool(state == ACTIVATED)

    async def _reaches(self, device: str) -> bool:
        return bool((await self._get(device, "Device"))["Ip4Connectivity"] == FULL)

    async def _until(self, holds: Callable[[], Awaitable[bool]], seconds: float, else_key: str) -> None:
        for _ in range(max(1, round(seconds / self._look_s))):
            if await holds():
                return
            await asyncio.sleep(self._look_s)
        raise DeviceRefused(Reason(else_key))

    async def _disable(self, device: str) -> None:
        await self._said(self._bus.put(NM, device, f"{NM}.Device", "Autoconnect", Typed("b", False)))
        if (await self._get(device, "Device"))["ActiveConnection"] != NOTHING:
            await self._call(device, "Device.Disconnect")

    async def _forget(self, name: str) -> None:
        for path in await self._ours(name):
            await self._delete(path)

    async def _ours(self, name: str) -> list[str]:
        [paths] = await self._call(f"{HERE}/Settings", "Settings.ListConnections")
        found = []
        for path in paths:
            [profile] = await self._call(path, "Settings.Connection.GetSettings")
            if profile["connection"]["id"].value == _id(name):
                found.append(path)
        return found

    async def _delete(self, path: str) -> None:
        with suppress(DeviceRefused):  # it is gone already
            await self._call(path, "Settings.Connection.Delete")

    async def _devices(self) -> dict[str, LinkKind]:
        [paths] = await self._call(HERE, "GetDevices")
        types = {path: (await self._get(path, "Device"))["DeviceType"] for path in paths}
        return {path: TYPES[type] for path, type in types.items() if type in TYPES}

    async def _device(self, kind: LinkKind) -> str:
        found = next((path for path, each in (await self._devices()).items() if each == kind), None)
        if found is None:
            raise DeviceRefused(Reason(f"networks.not_fitted.{kind}"))
        return found

    async def _get(self, path: str, interface: str) -> Mapping[str, Any]:
        return await self._said(self._bus.properties(NM, path, f"{NM}.{interface}"))

    async def _call(self, path: str, member: str, signature: str = "", body: Sequence[Any] = ()) -> list[Any]:
        return await self._said(self._bus.call(NM, path, f"{NM}.{member}", signature, body))

    async def _said(self, asked: Awaitable[Told]) -> Told:
        try:
            return await asked
        except DbusRefused as error:
            if error.name == NOBODY:
                raise DeviceUnreachable(Reason("networks.no_manager", {"detail": error.said})) from error
            raise DeviceRefused(Reason("networks.refused", {"detail": error.said or error.name})) from error


def _id(name: str) -> str:
    return f"ohmstead-{name}"


def _ipv4(ip: StaticIp | None) -> dict[str, Typed]:
    if ip is None:
        return {"method": Typed("s", "auto")}
    address = {"address": Typed("s", ip.address), "prefix": Typed("u", ip.prefix)}
    dns = [int.from_bytes(IPv4Address(one).packed, sys.byteorder) for one in ip.dns]
    return {
        "method": Typed("s", "manual"),
        "address-data": Typed("aa{sv}", [address]),
        "gateway": Typed("s", ip.gateway),
        "dns": Typed("au", dns),
    }


def _as_set(kind: LinkKind, profile: Mapping[str, Mapping[str, Typed]]) -> dict[str, Any]:
    """What of a link's profile people set."""

    def said(section: str, key: str, usual: object) -> Any:
        found = profile.get(section, {}).get(key)
        return usual if found is None else found.value

    told: dict[str, Any] = {"fixed": said("ipv4", "method", "auto") == "manual"}
    if kind == "mobile":
        told["apn"] = said("gsm", "apn", None)
    if kind == "ethernet":
        wire = "802-3-ethernet"
        mode = f"{said(wire, 'speed', 0)}-{said(wire, 'duplex', '')}"
        told["mode"] = mode if mode in get_args(LinkMode) and not said(wire, "auto-negotiate", False) else "auto"
    return told


def _key(key: str | None, security: Security) -> Profile:
    if key is None:
        return {}
    way = "sae" if security == "wpa3" else "wpa-psk"
    return {"802-11-wireless-security": {"key-mgmt": Typed("s", way), "psk": Typed("s", key)}}


def _point(seen: Mapping[str, Any]) -> AccessPoint:
    agreed = seen["WpaFlags"] | seen["RsnFlags"]
    security: Security = "wpa" if agreed & PSK else "wpa3" if agreed & SAE else "open"
    if security == "open" and (agreed or seen["Flags"] & 1):
        security = "enterprise"
    return AccessPoint(bytes(seen["Ssid"]).decode("utf-8", "replace"), int(seen["Strength"]), security)
