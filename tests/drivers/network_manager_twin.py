"""A service with NetworkManager's shape on a real bus: devices, access points, profiles, and what becomes of them.

It knows no more than is asked of it, but that strictly: unknown methods and wrong signatures are errors, a wrong key or
no carrier brings a connection down, an address beside the net reaches nobody.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from itertools import count
from typing import Any

from dbus_fast import Message, MessageType, RequestNameReply, Variant
from dbus_fast.aio import MessageBus

NM = "org.freedesktop.NetworkManager"
HERE = "/org/freedesktop/NetworkManager"
NET = ip_network("192.168.7.0/24")
KINDS = {"ethernet": 1, "wifi": 2, "mobile": 8}
SHAPES = {
    "802-3-ethernet": "ethernet",
    "802-11-wireless": "wifi",
    "gsm": "mobile",
}
FULL, NONE = 4, 1


@dataclass
class Radio:
    """A Wi-Fi in reach."""

    ssid: str
    strength: int
    key: str | None = None
    rsn: int = 0x100
    wpa: int = 0
    flags: int = 1


@dataclass
class Twin:
    """The service; ``online`` tells which kinds reach the internet when they are well set up."""

    radios: list[Radio] = field(default_factory=list)
    kinds: tuple[str, ...] = ("ethernet", "wifi", "mobile")
    online: set[str] = field(default_factory=lambda: {"ethernet", "wifi", "mobile"})
    checks: bool = True
    """Whether connectivity is checked at all."""
    calls: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.numbers = count(1)
        self.profiles: dict[str, dict[str, dict[str, Variant]]] = {}
        self.actives: dict[str, dict[str, Any]] = {}
        self.devices = {f"{HERE}/Devices/{n}": self._device(kind, n) for n, kind in enumerate(self.kinds, 1)}
        self.bus: MessageBus | None = None

    def _device(self, kind: str, number: int) -> dict[str, Any]:
        name = {"ethernet": "eth0", "wifi": "wlan0", "mobile": "wwan0"}[kind]
        return {
            "kind": kind,
            "name": name,
            "active": "/",
            "auto": True,
            "rx": 0,
            "tx": 0,
            "config": f"{HERE}/IP4Config/{number}",
        }

    async def serve(self, address: str) -> None:
        self.bus = await MessageBus(address).connect()
        assert await self.bus.request_name(NM) is RequestNameReply.PRIMARY_OWNER
        self.bus.add_message_handler(self._handle)

    def close(self) -> None:
        if self.bus is not None:
            self.bus.disconnect()

    def device(self, kind: str) -> dict[str, Any]:
        return next(one for one in self.devices.values() if one["kind"] == kind)

    def profile(self, kind: str) -> dict[str, Any]:
        """The profile that is up, as plain values."""
        active = self.actives[self.device(kind)["active"]]
        return {part: {k: v.value for k, v in values.items()} for part, values in self.profiles[active["of"]].items()}

    def _handle(self, message: Message) -> Message | bool:
        if message.message_type is not MessageType.METHOD_CALL or not (message.path or "").startswith(HERE):
            return False
        name = f"{message.interface}.{message.member}".removeprefix(f"{NM}.")
        self.calls.append(name)
        answer: Callable[..., tuple[str, list[Any]]] | None = {
            "org.freedesktop.DBus.Properties.GetAll": self._get,
            "org.freedesktop.DBus.Properties.Set": self._set,
            "GetDevices": lambda path: ("ao", [list(self.devices)]),
            "AddAndActivateConnection": self._add,
            "ActivateConnection": self._activate,
            "Settings.ListConnections": lambda path: ("ao", [list(self.profiles)]),
            "Settings.Connection.GetSettings": lambda path: ("a{sa{sv}}", [self.profiles[path]]),
            "Settings.Connection.Delete": self._delete,
            "Device.Disconnect": self._disconnect,
            "Device.Wireless.RequestScan": lambda path, options: ("", []),
            "Device.Wireless.GetAllAccessPoints": lambda path: (
                "ao",
                [[self._point(n) for n in range(len(self.radios))]],
            ),
            "Device.GetAppliedConnection": lambda path, flags: ("a{sa{sv}}t", [self._applied(path), 7]),
            "Device.Reapply": self._reapply,
        }.get(name)
        try:
            assert answer is not None
            signature, body = answer(message.path, *message.body)
            return Message.new_method_return(message, signature, body)
        except (AssertionError, KeyError, TypeError) as error:
            return Message.new_error(message, f"{NM}.UnknownMethod", f"{name}: {error!r}")

    def _point(self, number: int) -> str:
        return f"{HERE}/AccessPoint/{number}"

    def _get(self, path: str, interface: str) -> tuple[str, list[Any]]:
        part = interface.removeprefix(f"{NM}.")
        return "a{sv}", [
            {name: Variant(*value) for name, value in getattr(self, f"_{part.replace('.', '_')}")(path).items()}
        ]

    def _Device(self, path: str) -> dict[str, tuple[str, Any]]:
        one = self.devices[path]
        return {
            "DeviceType": ("u", KINDS[one["kind"]]),
            "Interface": ("s", one["name"]),
            "State": ("u", 100 if one["active"] != "/" else 30),
            "Autoconnect": ("b", one["auto"]),
            "ActiveConnection": ("o", one["active"]),
            "Ip4Config": ("o", one["config"] if one["active"] != "/" else "/"),
            "Ip4Connectivity": ("u", self._reach(one)),
        }

    def _reach(self, one: dict[str, Any]) -> int:
        if not self.checks:
            return 0
        return FULL if one["active"] != "/" and one["kind"] in self.online and self._fits(one) else NONE

    def _address(self, one: dict[str, Any]) -> tuple[str, int, str]:
        ipv4 = self.profiles[self.actives[one["active"]]["of"]]["ipv4"]
        if ipv4["method"].value == "manual":
            [first] = ipv4["address-data"].value
            return first["address"].value, first["prefix"].value, ipv4["gateway"].value
        return "192.168.7.42", 24, "192.168.7.1"

    def _fits(self, one: dict[str, Any]) -> bool:
        return ip_address(self._address(one)[0]) in NET

    def _IP4Config(self, path: str) -> dict[str, tuple[str, Any]]:
        one = next(each for each in self.devices.values() if each["config"] == path)
        address, prefix, gateway = self._address(one)
        return {
            "AddressData": ("aa{sv}", [{"address": Variant("s", address), "prefix": Variant("u", prefix)}]),
            "Gateway": ("s", gateway),
            "NameserverData": ("aa{sv}", [{"address": Variant("s", "192.168.7.1")}]),
        }

    def _Device_Wired(self, path: str) -> dict[str, tuple[str, Any]]:
        return {"Speed": ("u", 1000), "Carrier": ("b", True)}

    def _Device_Wireless(self, path: str) -> dict[str, tuple[str, Any]]:
        ssid = self.profile("wifi")["802-11-wireless"]["ssid"].decode()
        number = next((n for n, radio in enumerate(self.radios) if radio.ssid == ssid), None)
        return {"ActiveAccessPoint": ("o", "/" if number is None else self._point(number))}

    def _Device_Statistics(self, path: str) -> dict[str, tuple[str, Any]]:
        return {"RxBytes": ("t", self.devices[path]["rx"]), "TxBytes": ("t", self.devices[path]["tx"])}

    def _AccessPoint(self, path: str) -> dict[str, tuple[str, Any]]:
        radio = self.radios[int(path.rsplit("/", 1)[1])]
        return {
            "Ssid": ("ay", radio.ssid.encode()),
            "Strength": ("y", radio.strength),
            "Flags": ("u", radio.flags),
            "WpaFlags": ("u", radio.wpa),
            "RsnFlags": ("u", radio.rsn),
        }

    def _Connection_Active(self, path: str) -> dict[str, tuple[str, Any]]:
        one = self.actives[path]
        return {
            "Id": ("s", self.profiles[one["of"]]["connection"]["id"].value if one["of"] in self.profiles else ""),
            "Connection": ("o", one["of"]),
            "State": ("u", one["state"]),
        }

    def _set(self, path: str, interface: str, name: str, value: Variant) -> tuple[str, list[Any]]:
        if name == "Autoconnect":
            self.devices[path]["auto"] = value.value
        else:
            assert (interface, name) == (f"{NM}.Device.Statistics", "RefreshRateMs")
        return "", []

    def _add(self, _: str, profile: dict[str, Any], device: str, specific: str) -> tuple[str, list[Any]]:
        path = f"{HERE}/Settings/{next(self.numbers)}"
        self.profiles[path] = profile
        return "oo", [path, self._activate(HERE, path, device, specific)[1][0]]

    def _activate(self, _: str, profile: str, device: str, specific: str) -> tuple[str, list[Any]]:
        path = f"{HERE}/ActiveConnection/{next(self.numbers)}"
        one, wanted = self.devices[device], self.profiles[profile]
        assert SHAPES[wanted["connection"]["type"].value] == one["kind"]
        self.actives.pop(one["active"], None)
        up = self._comes_up(wanted)
        self.actives[path] = {"of": profile, "state": 2 if up else 4}
        one["active"] = path if up else "/"
        return "o", [path]

    def _comes_up(self, wanted: dict[str, Any]) -> bool:
        radio = wanted.get("802-11-wireless")
        if radio is None or ("mode" in radio and radio["mode"].value == "ap"):
            return True
        there = next((one for one in self.radios if one.ssid.encode() == radio["ssid"].value), None)
        security = wanted.get("802-11-wireless-security")
        return there is not None and there.key == (None if security is None else security["psk"].value)

    def _delete(self, path: str) -> tuple[str, list[Any]]:
        del self.profiles[path]
        for one in self.devices.values():
            if one["active"] in self.actives and self.actives[one["active"]]["of"] == path:
                one["active"] = "/"
        return "", []

    def _disconnect(self, path: str) -> tuple[str, list[Any]]:
        self.devices[path]["active"] = "/"
        return "", []

    def _applied(self, path: str) -> dict[str, Any]:
        return self.profiles[self.actives[self.devices[path]["active"]]["of"]]

    def _reapply(self, path: str, profile: dict[str, Any], version: int, flags: int) -> tuple[str, list[Any]]:
        assert (version, flags) == (7, 0)
        self.profiles[self.actives[self.devices[path]["active"]]["of"]] = profile
        return "", []
