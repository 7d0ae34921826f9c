"""Starting a site in the order that keeps people safe: chargers first, then the store, then the ticks.

The database's library takes longer to load than all the rest, so it is loaded beside the running pilots; only where
the store must say first whether the site may run at all, the chargers wait for it.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from ohmstead.core.commissioning.loads import configuration, refusals
from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.core.model.serving import ServeSettings
from ohmstead.core.model.settings import DeviceSettings, Settings
from ohmstead.drivers.build import open_board, open_box, open_member, open_meter
from ohmstead.drivers.card_readers import open_reader
from ohmstead.drivers.clock import Clock, SystemClock
from ohmstead.drivers.networks import open_networks
from ohmstead.drivers.ports import CardReader, EvseBoard, Meter
from ohmstead.drivers.sampling.front_end import FrontEnds
from ohmstead.site.configuration import Examiner, Parts, load, parts_of, validate
from ohmstead.site.house import Site
from ohmstead.site.pilot import PERIOD_S
from ohmstead.site.setting_up import SETTINGS, document
from ohmstead.site.tick import TICK_S
from ohmstead.texts import word
from ohmstead.transport.address import parse
from ohmstead.transport.modbus_client import Buses
from ohmstead.transport.mqtt_client import Brokers

if TYPE_CHECKING:
    from ohmstead.store.store import Store

    Admission = Callable[[Store], Awaitable[None]]

FILE = "site.toml"
"""The author of settings that came from a file."""
_CHANGES = 1000


@asynccontextmanager
async def starting(
    config: Path | None, store_url: str, admit: "Admission | None" = None
) -> "AsyncIterator[tuple[Site, Store]]":
    """A running site with the settings of ``config``, or without it with those in the store; stopped at the end.

    ``admit`` looks at the store and may refuse before a charger is commanded or a setting kept. Raises
    ConfigurationError and StoreError; then nothing was applied and nothing runs.
    """
    clock = SystemClock()
    opening = _from_store(store_url, clock, admit) if config is None else _from_file(config, store_url, clock, admit)
    house, store = await opening
    try:
        await house.control(store)
        yield house, store
    finally:
        await house.close()


async def _from_store(store_url: str, clock: Clock, admit: "Admission | None") -> "tuple[Site, Store]":
    store = await open_known(store_url)
    try:
        house = wired(await kept_settings(store, unusable), clock)
        if admit is not None:
            await admit(store)
    except BaseException:
        await store.close()
        raise
    house.start()
    return house, store


async def _from_file(config: Path, store_url: str, clock: Clock, admit: "Admission | None") -> "tuple[Site, Store]":
    settings = load(config, unusable)
    house = wired(settings, clock)
    if admit is None:
        house.start()
    try:
        store = await (await _store()).open(store_url, settings.site.id, settings.site.timezone)
    except BaseException:
        await house.close()
        raise
    try:
        if admit is not None:
            await admit(store)
            house.start()
        holding = await _holding(settings, store, clock)
        if holding != settings:
            await house.take_over(holding)
    except BaseException:
        await house.close()
        await store.close()
        raise
    return house, store


def wired(
    settings: Settings, clock: Clock, tick_s: float = TICK_S, record_s: float = 0.0, pilot_s: float = PERIOD_S
) -> Site:
    """A site whose devices are reached over their wires. Raises ConfigurationError for one that cannot be.

    The paces are those of :class:`Site`; on virtual time slower ones make a day pass sooner.
    """
    buses, brokers, front_ends = Buses(), Brokers(), FrontEnds(settings.site.grid_type, settings.site.timezone)
    parts = parts_of(settings)
    meters, boards, mistakes = _opened(parts, clock, buses, brokers, front_ends)
    readers, unreadable = _readers(parts)
    if mistakes or unreadable:
        raise ConfigurationError((*mistakes, *unreadable))

    def opener(name: str, device: DeviceSettings) -> Meter:
        return open_meter(name, device, buses, clock, settings.chargers, brokers, front_ends)

    hand, member = partial(open_box, buses=buses), partial(open_member, buses=buses)
    ports, paces = (meters, boards, clock), (tick_s, record_s, pilot_s)
    networks = open_networks(settings.networks)
    return Site(
        *(settings, *ports, *paces), opener=opener, hand=hand, readers=readers, member_opener=member, networks=networks
    )


def _opened(
    parts: Parts, clock: Clock, buses: Buses, brokers: Brokers, front_ends: FrontEnds
) -> tuple[dict[str, Meter], dict[str, EvseBoard], list[Mistake]]:
    """Every device that can be reached as it was set up, and why the others cannot. Nothing is asked of them yet."""
    mistakes: list[Mistake] = []
    meters: dict[str, Meter] = {}
    boards: dict[str, EvseBoard] = {}
    for name, device in parts.devices.items():
        if device.board is not None and device.board not in parts.chargers:
            continue
        try:
            meters[name] = open_meter(name, device, buses, clock, parts.chargers, brokers, front_ends)
        except ConfigurationError as error:
            mistakes += error.mistakes
    for name, charger in parts.chargers.items():
        if charger.member:
            continue
        try:
            boards[name] = open_board(name, charger.board, buses, clock)
        except ConfigurationError as error:
            mistakes += error.mistakes
    mistakes += _unlistenable(parts.serve)
    return meters, boards, mistakes


def _unreachable(parts: Parts) -> Iterator[Mistake]:
    """Members of the cluster whose addresses are none."""
    buses = Buses()
    for name, charger in parts.chargers.items():
        if charger.member:
            try:
                open_member(name, charger.board, buses)
            except ConfigurationError as error:
                yield from error.mistakes


def _readers(parts: Parts) -> tuple[dict[str, CardReader], list[Mistake]]:
    readers: dict[str, CardReader] = {}
    mistakes: list[Mistake] = []
    for name, charger in parts.chargers.items():
        if charger.reader is not None:
            try:
                readers[name] = open_reader(name, charger.reader)
            except ConfigurationError as error:
                mistakes += error.mistakes
    return readers, mistakes


def _unlistenable(serve: Sequence[ServeSettings | None]) -> Iterator[Mistake]:
    """Addresses that are none. An entry that is not well by itself is ``None``."""
    for number, one in enumerate(serve):
        try:
            if one is not None:
                parse(one.listen, f"serve.{number}.listen")
        except ConfigurationError as error:
            yield from error.mistakes


def unusable(parts: Parts) -> list[Mistake]:
    """Why devices cannot be reached, or not be wired, as they were set up; nothing is asked of them."""
    return [
        *_opened(parts, SystemClock(), Buses(), Brokers(), FrontEnds())[2],
        *_unreachable(parts),
        *_readers(parts)[1],
        *_impossible(parts),
    ]


_TOLD_BY_SETTINGS = frozenset(
    {"rule.point_taken", "rule.unknown_phase", "rule.second_grid", "rule.delta_pair", "rule.delta_third"}
)
"""What the settings refuse by themselves, in their own words."""


def _impossible(parts: Parts) -> Iterator[Mistake]:
    """What the rules of the measuring hardware forbid."""
    if parts.site is None:
        return
    settings = Settings.model_construct(**{name: getattr(parts, name) for name in _OF_SETTINGS})
    for each in refusals(configuration(settings), settings):
        if each.reason.key not in _TOLD_BY_SETTINGS:
            where = f"devices.{each.load}" if each.load else f"boxes.{each.box}" if each.box else "site.max_current_a"
            if each.reason.key == "rule.second_genius":
                where = f"gateways.{each.box}"
            yield Mistake(where, "what the hardware cannot be", "what its rules allow", word(each.reason))


_OF_SETTINGS = ("site", "devices", "chargers", "gateways", "boxes")


async def open_named(config: Path, store_url: str) -> "Store":
    """The store for the site that ``config`` describes, made when missing. Its settings are not taken over."""
    settings = load(config, unusable)
    return await (await _store()).open(store_url, settings.site.id, settings.site.timezone)


async def open_known(store_url: str) -> "Store":
    """The store of the one site it holds. Raises ConfigurationError when it holds none or several."""
    known = await _store()
    sites = await known.sites(store_url)
    if len(sites) != 1:
        came = ", ".join(name for name, _ in sites) or "no site"
        hint = "Name the settings once: ohmstead site --config site.toml"
        raise ConfigurationError((Mistake(store_url, came, "one site", hint),))
    return await known.open(store_url, *sites[0])


async def kept_settings(store: "Store", examine: Examiner = lambda parts: ()) -> Settings:
    """What the installer wrote, as the store has it. Raises ConfigurationError when it has none that is well."""
    document = await store.documents.get(SETTINGS, "site")
    if document is None or not isinstance(document.body, dict):
        hint = "Name the settings once: ohmstead site --config site.toml"
        raise ConfigurationError((Mistake("store", "no settings", "settings of a site", hint),))
    return validate(document.body, "store", examine)


async def _holding(settings: Settings, store: "Store", clock: Clock) -> Settings:
    """What holds: the file, unless the site was set up otherwise since it took over this very file."""
    now = document(settings, FILE)
    kept = await store.documents.get(SETTINGS, "site")
    if kept is not None and kept.author != FILE:
        changes = await store.documents.history(SETTINGS, "site", limit=_CHANGES)
        taken_over = next((one.body for one in changes if one.author == FILE), None)
        if taken_over == now.body:
            return await kept_settings(store, unusable)
    if kept is None or kept.body != now.body:
        await store.documents.put(now, at=clock.now().utc)
    return settings


async def _store() -> "type[Store]":
    await asyncio.to_thread(import_module, "ohmstead.store.store")
    from ohmstead.store.store import Store

    return Store
