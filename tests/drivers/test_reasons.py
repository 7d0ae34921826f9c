"""Every reason that the wire's rooms can give is worded, with the same placeholders in every language."""

import re
from pathlib import Path

import ohmstead
from ohmstead.texts import LANGUAGES, load

ROOMS = ("protocols", "transport", "drivers")
KEY = re.compile(
    r"\"((?:device|modbus|meter|sunspec|board|power_box|p1|line|mqtt|http|samples|source|shelly|tasmota|recording|scan|check)\.[a-z_.0-9]+)\""
)


def given() -> set[str]:
    root = Path(ohmstead.__file__).parent
    return {
        key for room in ROOMS for path in (root / room).rglob("*.py") for key in KEY.findall(path.read_text("utf-8"))
    }


def test_each_reason_is_worded_alike_in_every_language():
    keys = given()
    assert {"modbus.busy", "modbus.silent", "modbus.unasked", "sunspec.slow_scan", "device.unreachable"} <= keys
    for key in keys:
        holes = {frozenset(re.findall(r"\{(\w+)\}", load(language)[key])) for language in LANGUAGES}
        assert len(holes) == 1, key
