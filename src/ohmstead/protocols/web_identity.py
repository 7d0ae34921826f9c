"""Devices that say on a web page who they are: paths to ask and the JSON they answer in, models out.

Shelly of the second generation on (``Shelly.GetDeviceInfo``), of the first (``/shelly``), and Tasmota
(``Status 0``), as their makers document them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

SHELLY_RPC = "/rpc/Shelly.GetDeviceInfo"
SHELLY_FIRST = "/shelly"
TASMOTA = "/cm?cmnd=Status%200"
PATHS: tuple[str, ...] = (SHELLY_RPC, SHELLY_FIRST, TASMOTA)
"""In the order to ask."""
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class WebIdentity:
    """Who answered. ``locked``: it wants a password before it tells more; ``old``: it speaks another way than now."""

    maker: Literal["shelly", "tasmota"]
    model: str
    serial: str
    locked: bool = False
    old: bool = False


def identity(path: str, body: bytes) -> WebIdentity | None:
    """Who gave ``body`` for ``path``; ``None`` for an answer that is not one of these devices'."""
    try:
        raw = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(raw, dict):
        return None
    if path == TASMOTA:
        return _tasmota(raw)
    return _shelly(raw, "model") if path == SHELLY_RPC or "gen" in raw else _shelly(raw, "type", old=True)


def _shelly(raw: Mapping[str, Any], named: str, old: bool = False) -> WebIdentity | None:
    model, mac = _text(raw.get(named)), _text(raw.get("mac"))
    if not model or not mac:
        return None
    app = _text(raw.get("app"))
    return WebIdentity("shelly", f"Shelly {app or model}", mac, bool(raw.get("auth_en", raw.get("auth"))), old)


def _tasmota(raw: Mapping[str, Any]) -> WebIdentity | None:
    if set(raw) == {"WARNING"} and "user=" in _text(raw["WARNING"]):
        return WebIdentity("tasmota", "Tasmota", "", locked=True)
    status, network = raw.get("Status"), raw.get("StatusNET")
    if not isinstance(status, dict) or not isinstance(network, dict) or "Topic" not in status:
        return None
    name = _text(status.get("DeviceName")) or _text(status.get("Topic"))
    return WebIdentity("tasmota", f"Tasmota {name}".strip(), _text(network.get("Mac")))


def _text(value: object) -> str:
    """A text of the device's, safe to show in one line."""
    if not isinstance(value, str):
        return ""
    return "".join(c if c.isprintable() else "?" for c in value)[:_LONGEST]
