"""``/api/v1/networks``: the machine's own links, what is in reach, and setting each (EV-203 to EV-210)."""

from typing import Annotated

from fastapi import APIRouter, Body
from pydantic import ValidationError

from ohmstead.core.model.events import Action, Command
from ohmstead.core.model.networks import JoinWifi, NetworkChange, SetEthernet, SetHotspot, SetMobile
from ohmstead.core.model.reasons import Reason
from ohmstead.web.access import Caller, TheCaller, TheHouse, needs, operation_id
from ohmstead.web.house import House
from ohmstead.web.problems import Refused, told
from ohmstead.web.views.base import View, reason_view
from ohmstead.web.views.networks import (
    AccessPointsView,
    AccessPointView,
    EthernetBody,
    HotspotBody,
    JoinWifiBody,
    LinkView,
    MobileBody,
    NetworksView,
)

router = APIRouter(generate_unique_id_function=operation_id, tags=["site"])

_CHANGES = told(400, 401, 403, 409, 411, 413, 415, 422, 503)
_MODELS: dict[Action, type[NetworkChange]] = {
    Action.JOIN_WIFI: JoinWifi,
    Action.SET_ETHERNET: SetEthernet,
    Action.SET_MOBILE: SetMobile,
    Action.SET_HOTSPOT: SetHotspot,
}


@router.get("/api/v1/networks", dependencies=[needs("viewer")], responses=told(401, 403, 422))
async def get_networks(house: TheHouse) -> NetworksView:
    """The links of the machine as last seen, a few seconds ago."""
    return _view(house)


@router.post("/api/v1/networks/scan", dependencies=[needs("installer")], responses=told(401, 403, 409, 411, 413, 422))
async def scan_networks(house: TheHouse, caller: TheCaller) -> AccessPointsView:
    """Look for Wi-Fi networks in reach."""
    found = await house.networks.scan(caller.role)
    return AccessPointsView(
        points=tuple(
            AccessPointView(ssid=one.ssid, signal_percent=one.signal_percent, security=one.security) for one in found
        )
    )


@router.put("/api/v1/networks/wifi", dependencies=[needs("installer")], responses=_CHANGES)
async def join_wifi(house: TheHouse, caller: TheCaller, body: Annotated[JoinWifiBody, Body()]) -> NetworksView:
    """Join a Wi-Fi. When this answers 200 it works; 409 says why not, and then what was there before is there."""
    return await _changed(house, caller, Action.JOIN_WIFI, body)


@router.put("/api/v1/networks/ethernet", dependencies=[needs("installer")], responses=_CHANGES)
async def set_ethernet(house: TheHouse, caller: TheCaller, body: Annotated[EthernetBody, Body()]) -> NetworksView:
    """Set the wire; one that no longer reaches what it reached is taken back."""
    return await _changed(house, caller, Action.SET_ETHERNET, body)


@router.put("/api/v1/networks/mobile", dependencies=[needs("installer")], responses=_CHANGES)
async def set_mobile(house: TheHouse, caller: TheCaller, body: Annotated[MobileBody, Body()]) -> NetworksView:
    """Set the modem."""
    return await _changed(house, caller, Action.SET_MOBILE, body)


@router.put("/api/v1/networks/hotspot", dependencies=[needs("installer")], responses=_CHANGES)
async def set_hotspot(house: TheHouse, caller: TheCaller, body: Annotated[HotspotBody, Body()]) -> NetworksView:
    """Open the machine's own Wi-Fi, or close it."""
    return await _changed(house, caller, Action.SET_HOTSPOT, body)


async def _changed(house: House, caller: Caller, action: Action, body: View) -> NetworksView:
    try:
        value = _MODELS[action].model_validate(body.model_dump())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "body"
        allowed = first["msg"].removeprefix("Value error, ")
        raise Refused(409, Reason("networks.invalid", {"where": where, "allowed": allowed})) from error
    await house.submit(Command(caller.name, caller.role, "site", action, value))
    return _view(house)


def _view(house: House) -> NetworksView:
    desk, now = house.networks, house.networks.now
    return NetworksView(
        fitted=desk.fitted,
        problem=reason_view(desk.problem),
        using=now.using,
        hotspot=now.hotspot,
        mobile_used_mb=round(now.mobile_bytes / 1e6, 1),
        mobile_most_mb=round(now.mobile_most_bytes / 1e6, 1),
        links=tuple(LinkView(**{name: getattr(link, name) for name in LinkView.model_fields}) for link in now.links),
    )
