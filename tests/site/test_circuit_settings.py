"""What an installer may write of circuits and sharing, and what is refused in words."""

import pytest

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.site.configuration import parse

SITE = """
[site]
name = "Home"
timezone = "Europe/Rome"
main_fuse_a = 63.0

[devices.grid]
driver = "sunspec"
connect = "tcp://127.0.0.1:502"
role = "grid"

[devices.annex-meter]
driver = "sunspec"
connect = "tcp://127.0.0.1:502"
unit = 2
role = "circuit"

[circuits.annex]
limit_a = 25.0
meter = "annex-meter"

[circuits.boxes]
parent = "annex"
limit_a = 20.0
reserve_a = 2.0

[chargers.garage]
board = { connect = "tcp://127.0.0.1:503" }
max_current_a = 16.0
circuit = "boxes"
priority = 4
"""


@pytest.mark.req("EV-145", "EV-146")
def test_circuits_priorities_and_sharing_are_read() -> None:
    settings = parse(SITE.replace("main_fuse_a", "sharing = { slot_min = 15 }\nmain_fuse_a"), "site.toml")
    assert settings.circuits["boxes"].parent == "annex"
    assert (settings.chargers["garage"].priority, settings.chargers["garage"].circuit) == (4, "boxes")
    assert (settings.site.sharing.power_sharing, settings.site.sharing.slot_min) == (True, 15)


@pytest.mark.parametrize(
    ("was", "now", "where", "said"),
    [
        ('circuit = "boxes"', 'circuit = "shed"', "chargers.garage.circuit", "one of: annex, boxes"),
        ('parent = "annex"', 'parent = "shed"', "circuits.boxes.parent", "which is no circuit"),
        ('parent = "annex"', 'parent = "boxes"', "circuits.boxes.parent", "Circuits form a tree"),
        ("limit_a = 25.0\n", 'limit_a = 25.0\nparent = "boxes"\n', "circuits.annex.parent", "Circuits form a tree"),
        ("limit_a = 20.0\n", "", "circuits.boxes", "neither limit_a nor limit_w"),
        ('meter = "annex-meter"', 'meter = "grid"', "circuits.annex.meter", "which has the role grid"),
        ('meter = "annex-meter"', 'meter = "none"', "circuits.annex.meter", "which is no device"),
        ('meter = "annex-meter"', "", "devices.annex-meter.role", "no circuit names it"),
        ('parent = "annex"', 'meter = "annex-meter"', "circuits.boxes.meter", "each circuit its own meter"),
        ("reserve_a = 2.0", "reserve_a = 21.0", "circuits.boxes.reserve_a", "at most limit_a, 20 A"),
        ("limit_a = 25.0\n", "limit_a = 25.0\nreserve_a = 1.0\n", "circuits.annex.reserve_a", "a meter tells"),
        ("unit = 2", "unit = 2\nperiod_s = 5.0", "devices.annex-meter.period_s", "at most 1 s"),
        ("priority = 4", "priority = 5", "chargers.garage.priority", "4"),
        ("priority = 4", "prioritiy = 4", "chargers.garage.prioritiy", "priority"),
        ("main_fuse_a", "sharing = { slot_min = 7 }\nmain_fuse_a", "site.sharing.slot_min", "5, 10"),
        ("[circuits.boxes]", "[circuits.garage]\nlimit_a = 9\n[circuits.boxes]", "circuits.garage", "each name once"),
    ],
)
def test_what_does_not_go_together_is_refused_with_where_and_what_is_allowed(
    was: str, now: str, where: str, said: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(SITE.replace(was, now, 1), "site.toml")
    told = [str(mistake) for mistake in caught.value.mistakes if mistake.where == f"site.toml: {where}"]
    assert told, [str(mistake) for mistake in caught.value.mistakes]
    assert said in told[0]
