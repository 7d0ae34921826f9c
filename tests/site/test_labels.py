"""The label of a charger on a whole site: its secret is made once and stays, whatever happens to the site."""

import asyncio
from pathlib import Path

import pytest

from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import Action
from ohmstead.core.model.labels import AccessData
from ohmstead.drivers.virtual_time import VirtualClock, run_virtual
from ohmstead.site.labels import Labels
from tests.site.staging import SETTINGS, START, Home, home

HEARD_S = 5.0
"""After so long a board has told who it is."""


def of(house: Home) -> AccessData:
    return house.site.labels.of("garage", "installer")


@pytest.mark.req("EV-006", "G-084", "G-050")
def test_the_secret_outlives_a_restart_and_a_factory_reset_and_no_two_sites_share_one(tmp_path: Path) -> None:
    async def main(clock: VirtualClock) -> None:
        async with home(clock, f"sqlite:///{tmp_path / 'here.db'}") as house:
            await asyncio.sleep(HEARD_S)
            first = of(house)
            await house.do(Action.FACTORY_RESET, None, role="owner")
            await asyncio.sleep(HEARD_S)
            assert of(house) == first
            assert not [event for event in await house.events() if first.secret in str(event)]
        async with home(clock, f"sqlite:///{tmp_path / 'here.db'}") as house:
            await asyncio.sleep(HEARD_S)
            assert of(house) == first
        async with home(clock, f"sqlite:///{tmp_path / 'there.db'}") as house:
            await asyncio.sleep(HEARD_S)
            other = of(house)
        assert (first.serial, first.model) == (other.serial, other.model) == ("SIM-garage", "Ohmstead simulated board")
        assert len(bytes.fromhex(first.secret)) == 16
        assert first.secret != other.secret

    run_virtual(main, START)


class Silent:
    """A board that was not heard yet."""

    identity = None


def test_before_the_board_is_heard_there_is_none_and_a_kept_secret_that_is_none_is_refused() -> None:
    labels = Labels(SETTINGS, {"garage": Silent()})
    labels.look()
    assert labels.take() == []
    with pytest.raises(CommandRefused) as refused:
        labels.of("garage", "owner")
    assert refused.value.reason.key == "label.not_heard"
    with pytest.raises(CommandRefused):
        labels.of("garage", "user")
    with pytest.raises(ValueError, match="no secret of 16 bytes"):
        labels.recall("SIM-garage", {"secret": "5A"})
