"""Boxes, gateways and slots in a site.toml: what the hardware cannot be is refused, what is told stays as written."""

import pytest

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.core.model.settings import Settings
from ohmstead.site.configuration import parse
from ohmstead.site.start import unusable
from tests.site.test_configuration import GOOD

BOX = "tcp://192.168.1.40:502"


@pytest.mark.req("EM-013", "EM-153", "EM-156", "EM-158")
@pytest.mark.parametrize(
    ("more", "where", "said"),
    [
        ('[gateways.one]\nkind = "genius"\n[gateways.two]\nkind = "genius"', "gateways.two", "second Genius"),
        (f'[boxes.main]\nconnect = "{BOX}"\nunit = 61\nparts = {["hub"] * 8}', "boxes.main", "32 measuring points"),
        (f'[boxes.main]\nconnect = "{BOX}"\nunit = 61\nparts = ["core"]', "devices.oven", "There is no point 4"),
        (f'[boxes.main]\nconnect = "{BOX}"\nparts = [{{ kind = "hub", cable_m = 100 }}]', "boxes.main", "Bus A"),
        (f'[boxes.main]\nconnect = "{BOX}"\nmodules = ["input"]\ngateway = "g"\n[gateways.g]\nkind = "connect"',
         "boxes.main", "Replace it by a Genius"),
    ],
)  # fmt: skip
def test_what_the_hardware_cannot_be_is_refused_in_words(more: str, where: str, said: str) -> None:
    oven = f'[devices.oven]\ndriver = "power-box"\nconnect = "{BOX}"\nunit = 61\nrole = "load"\nslots = [4]\n'
    with pytest.raises(ConfigurationError) as refused:
        parse(f"{GOOD}\n{oven}\n{more}", "site.toml", unusable)
    (mistake,) = refused.value.mistakes
    assert mistake.where == f"site.toml: {where}"
    assert said in mistake.hint


def test_a_slot_that_is_told_more_stays_as_it_was_written() -> None:
    slots = '[1, { slot = 2, phase = "L2", reversed = true, ct = "SCT02 50 A" }]'
    oven = f'[devices.oven]\ndriver = "power-box"\nconnect = "{BOX}"\nunit = 61\nrole = "load"\nslots = {slots}\n'
    held = parse(f"{GOOD}\n{oven}", "site.toml", unusable)
    kept = held.model_dump(mode="json", exclude_none=True)["devices"]["oven"]["slots"]
    assert kept[0] == 1
    assert kept[1] == {"slot": 2, "phase": "L2", "reversed": True, "ct": "SCT02 50 A"}
    assert Settings.model_validate(held.model_dump(mode="json", exclude_none=True)) == held


@pytest.mark.parametrize("slot", ["{ slot = 2, reversed = true }", '{ slot = 2, ct = "SCT02 50 A" }'])
def test_direction_and_transformer_of_a_slot_need_its_phase(slot: str) -> None:
    oven = f'[devices.oven]\ndriver = "power-box"\nconnect = "{BOX}"\nunit = 61\nrole = "load"\nslots = [{slot}]\n'
    with pytest.raises(ConfigurationError, match="phase is needed"):
        parse(f"{GOOD}\n{oven}", "site.toml", unusable)
