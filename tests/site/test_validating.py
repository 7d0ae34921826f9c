"""The validation on a whole site: kept with its author over a restart, and void when the configuration changes."""

from pathlib import Path

import pytest

from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.quantities import PHASES
from ohmstead.core.model.settings import Settings
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.site.house import Site
from ohmstead.site.validating import VALIDATION, configuration
from ohmstead.store.store import Store
from ohmstead.store.values import StoredDocument
from tests.site.staging import SETTINGS, START, home


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'site.db'}"


def changed(**oven: object) -> Settings:
    device = SETTINGS.devices["oven"].model_copy(update=oven)
    return SETTINGS.model_copy(update={"devices": {**SETTINGS.devices, "oven": device}})


async def validate(site: Site) -> None:
    """Every wire is where it should be."""
    while (point := site.validating.progress.next) is not None:
        await site.validating.measured(point.target, point.phase, point.against, 0.1, "ines", "installer")


def validated(url: str, settings: Settings | None = None, again: Settings | None = None) -> list[bool]:
    """Whether the site is validated after a restart with each of the ``settings``."""
    found = []
    for which in (settings, again):
        if which is not None:

            async def look(clock: VirtualClock, which: Settings = which) -> bool:
                async with home(clock, url, settings=which) as house:
                    return house.site.validating.validation.completion is not None

            found.append(run_virtual(look, START))
    return found


async def measured(clock: VirtualClock, url: str) -> list[str]:
    async with home(clock, url) as house:
        await house.until(lambda: house.site.state() is not None)
        await validate(house.site)
        page = await house.site.events(None, 50)
        return [one.event.kind for one in page.events]


@pytest.mark.req("EM-235")
def test_it_is_kept_with_its_author_and_holds_after_a_restart(url: str) -> None:
    async def main(clock: VirtualClock) -> list[str]:
        return await measured(clock, url)

    assert "validation.done" in run_virtual(main, START)
    assert validated(url, SETTINGS) == [True]

    async def kept(clock: VirtualClock) -> tuple[str, int]:
        async with home(clock, url) as house:
            document = await stored(house.site)
            assert document is not None
            return document.author, len(document.body["readings"])

    assert run_virtual(kept, START) == ("ines", len(PHASES) + 1)


@pytest.mark.req("EM-235")
@pytest.mark.parametrize("change", [{"phases": ("L3",)}, {"unit": 2}])
def test_a_change_of_what_is_measured_makes_it_void_also_when_it_is_taken_back(
    url: str, change: dict[str, object]
) -> None:
    async def main(clock: VirtualClock) -> list[str]:
        return await measured(clock, url)

    run_virtual(main, START)
    assert validated(url, changed(**change), SETTINGS) == [False, False]


@pytest.mark.req("EM-235")
def test_another_name_leaves_it_valid(url: str) -> None:
    async def main(clock: VirtualClock) -> list[str]:
        return await measured(clock, url)

    run_virtual(main, START)
    assert validated(url, changed(name="The oven")) == [True]


def test_only_an_installer_measures_and_a_reading_that_cannot_be_is_refused(url: str) -> None:
    async def main(clock: VirtualClock) -> list[str]:
        async with home(clock, url) as house:
            await house.until(lambda: house.site.state() is not None)
            told = []
            for target, volts, role in (("grid", 0.0, "user"), ("grid", 999.0, "installer"), ("oven", 0.0, "owner")):
                try:
                    await house.site.validating.measured(target, "L2", "L2", volts, "ines", role)
                except CommandRefused as error:
                    told.append(error.reason.key)
            assert house.site.validating.validation.readings == ()
            return told

    assert run_virtual(main, START) == ["command.role", "validation.voltage", "validation.grid_first"]


async def stored(site: Site) -> StoredDocument | None:
    """What is on the disk."""
    store = site._store
    assert isinstance(store, Store)
    return await store.documents.get(VALIDATION, "site")


def test_other_points_of_a_front_end_are_another_configuration() -> None:
    def sampled(*points: dict[str, object]) -> Settings:
        oven = {"driver": "samples", "connect": "samples://127.0.0.1:7000", "role": "load", "points": list(points)}
        place = {"name": "House", "timezone": "Europe/Rome"}
        return Settings.model_validate({"site": place, "devices": {"oven": oven}})

    one, turned, other = sampled({"column": 1}), sampled({"column": 1, "reversed": True}), sampled({"column": 2})
    assert len({configuration(each) for each in (one, turned, other)}) == 3
