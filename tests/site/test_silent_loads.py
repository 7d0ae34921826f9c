"""A whole site asks for attention where a load shows nothing for ten minutes and something speaks against it."""

import asyncio
from pathlib import Path

import pytest

from ohmstead.core.model.errors import CommandRefused
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from tests.site.staging import START, home


@pytest.mark.req("G-116")
def test_a_silent_load_is_named_when_power_is_missing_and_blamed_when_a_person_sees_it_run(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, f"sqlite:///{tmp_path / 'site.db'}") as house:
            silent = house.site.loads.silent

            def told() -> list[tuple[str, str, str]]:
                found = (one for one in house.state.attention if one.code.startswith("silent."))
                return [(one.code, one.owner, one.severity) for one in found]

            await house.until(lambda: house.state.snapshot.flows.consumption_w is not None)
            await asyncio.sleep(10)
            with pytest.raises(CommandRefused, match="not_empty"):
                silent.saw("oven", running=True, role="user")
            with pytest.raises(CommandRefused, match="unknown"):
                silent.saw("garage", running=True, role="user")
            with pytest.raises(CommandRefused, match="role"):
                silent.saw("oven", running=True, role="viewer")
            house.world.set_watts("oven", {"L2": 0.0})
            house.world.set_watts("house", {"L1": 3000.0, "L2": 2000.0, "L3": 2000.0})
            await asyncio.sleep(590)
            assert told() == []
            await asyncio.sleep(30)
            assert told() == [("silent.balance", "site", "info")]
            silent.saw("oven", running=True, role="user")
            await asyncio.sleep(10)
            assert told() == [("silent.load", "oven", "warning")]
            house.world.set_watts("oven", {"L2": 900.0})
            await asyncio.sleep(10)
            assert told() == []
            kinds = [event.kind for event in await house.events() if event.kind.startswith("silent")]
            assert kinds == ["silent.balance", "silent.load", "silent.balance.over", "silent.load.over"]

    run_virtual(main, START)
