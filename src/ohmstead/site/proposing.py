"""What a scan found, as the ``site.toml`` that an installer would write: devices in, text and open questions out.

A role is written only where there is no doubt: what an inverter gives is production, a P1 port belongs to the supply,
a board is a charger. Elsewhere its line waits as a comment that names the choices, and the site refuses the file until
it is set. What cannot stand beside the others is a comment as a whole, with the reason.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A, PHASES, Role
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import DeviceSettings
from ohmstead.drivers.scanning.finding import Finding, Side
from ohmstead.site.configuration import validate
from ohmstead.site.start import unusable
from ohmstead.site.toml_text import toml_lines
from ohmstead.texts import word

FUSE_EXAMPLE_A = 25.0
_CHARGERS, _DEVICES = "chargers", "devices"
_ROLES: Mapping[Side, Role] = {"inverter": Role.PRODUCTION, "battery": Role.BATTERY}
"""Of the sides of a SunSpec device about which there is no doubt."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One section of the file. A device whose ``values`` have no role is an open question."""

    group: str
    key: str
    values: Mapping[str, Any]
    about: tuple[Reason, ...]
    remarks: Mapping[str, Reason]
    """What is said behind the line of a key."""
    refused: str = ""
    """Why it is a comment as a whole."""

    @property
    def open(self) -> bool:
        """Whether its role is to be chosen."""
        return self.group == _DEVICES and "role" not in self.values and not self.refused

    def with_role(self, role: Role) -> "Entry":
        """The same with its question answered."""
        return replace(self, values={**self.values, "role": role.value})


def entries(findings: Sequence[Finding]) -> tuple[Entry, ...]:
    """A section for each device that was found."""
    taken: set[str] = set()
    supplies = sum(finding.driver == "p1" for finding in findings)
    made = [entry for finding in findings for entry in _entries(finding, supplies == 1)]
    return tuple(replace(entry, key=_free(entry.key, taken)) for entry in made)


def settled(sections: Iterable[Entry], site: Mapping[str, Any]) -> tuple[Entry, ...]:
    """``sections`` with those refused that cannot stand beside the ones before them, as the site would refuse them."""
    done: list[Entry] = []
    for entry in sections:
        mistake = None if entry.refused else _mistake([*done, entry], site)
        done.append(entry if mistake is None else replace(entry, refused=mistake))
    return tuple(done)


def text(sections: Sequence[Entry], site: Mapping[str, Any], language: str) -> str:
    """The file. Raises ConfigurationError when ``site`` itself cannot be used."""
    validate(_raw([], site), "site", unusable)
    lines = [f"# {word(Reason('propose.head'), language)}", "", "[site]", *toml_lines(site)]
    lines += [f"# main_fuse_a = {FUSE_EXAMPLE_A}   # {word(Reason('propose.fuse'), language)}"]
    for entry in sections:
        lines += ["", *(f"# {_one_line(word(reason, language))}" for reason in entry.about)]
        lines += [f"# {_one_line(line)}" for line in entry.refused.splitlines()]
        mark = "# " if entry.refused else ""
        lines += [f"{mark}{line}" for line in _section(entry, language)]
    return "\n".join(lines) + "\n"


def _section(entry: Entry, language: str) -> Iterator[str]:
    yield f"[{entry.group}.{entry.key}]"
    for key, line in zip(entry.values, toml_lines(entry.values), strict=True):
        remark = entry.remarks.get(key)
        yield line if remark is None else f"{line}   # {_one_line(word(remark, language))}"
    if entry.group == _DEVICES and "role" not in entry.values:
        yield f'# role = "{Role.LOAD.value}"   # {word(Reason("propose.role", _CHOICES), language)}'


def _one_line(remark: str) -> str:
    """Whatever a device calls itself, it stays in the comment."""
    return "".join(c if c.isprintable() else "?" for c in remark)


_CHOICES = {"choices": ", ".join(role.value for role in Role)}


def _entries(finding: Finding, only_supply: bool) -> Iterator[Entry]:
    place = {"connect": finding.connect, "unit": finding.unit}
    about = [Reason(f"propose.{finding.sureness.value}", {"model": finding.model, "where": _where(finding)})]
    if finding.driver in ("modbus-board", "phoenix-ev-cc"):
        yield _charger(finding, place, about)
    elif finding.driver == "sunspec":
        for side in finding.sides:
            yield _sunspec(side, finding, place, about)
    elif finding.driver == "power-box":
        if not finding.circuits:
            yield _device("power-box", {"driver": "power-box", **place, "slots": [1]}, about, None, refused=_NO_PHASE)
        for slots in finding.circuits:
            values = {"driver": "power-box", **place, "slots": list(slots)}
            yield _device(f"circuit-{'-'.join(map(str, slots))}", values, about, None)
    elif finding.driver == "p1":
        role = Role.GRID if only_supply else None
        yield _device("supply", {"driver": "p1", "connect": finding.connect}, about, role)
    elif finding.driver == "modbus":
        yield _modbus(finding, place, about)
    else:
        yield _device(finding.driver, {"driver": finding.driver, "connect": finding.connect}, about, None)


def _modbus(finding: Finding, place: Mapping[str, Any], about: Sequence[Reason]) -> Entry:
    values = {"driver": "modbus", "meter": finding.meters[0], **place}
    remarks = {}
    if len(finding.meters) > 1:
        remarks["meter"] = Reason("propose.or", {"others": ", ".join(finding.meters[1:])})
    if finding.phases == 1:
        values["phases"] = list(PHASES[:1])
        remarks["phases"] = Reason("propose.phase")
    return replace(_device(finding.meters[0], values, about, None), remarks=remarks)


def _sunspec(side: Side, finding: Finding, place: Mapping[str, Any], about: Sequence[Reason]) -> Entry:
    values = {"driver": "sunspec", **place, "name": finding.model[:80]}
    return _device("inverter" if side == "either" else side, values, about, _ROLES.get(side))


def _charger(finding: Finding, place: Mapping[str, Any], about: Sequence[Reason]) -> Entry:
    values: dict[str, Any] = {
        "board": {"driver": finding.driver, **place},
        "name": finding.model[:80],
        "max_current_a": MINIMUM_CURRENT_A,
    }
    remarks = {"max_current_a": Reason("propose.current", {"rated_a": finding.rated_current_a or 0.0})}
    if finding.phases == 1:
        values["phases"] = list(PHASES[:1])
        remarks["phases"] = Reason("propose.phase")
    return Entry(_CHARGERS, "charger", values, tuple(about), remarks)


def _device(
    key: str, values: Mapping[str, Any], about: Sequence[Reason], role: Role | None, refused: str = ""
) -> Entry:
    whole = dict(values) if role is None else {**values, "role": role.value}
    known = get_args(DeviceSettings.model_fields["driver"].annotation)
    if values["driver"] not in known:
        refused = f"driver = {values['driver']}: {', '.join(known)}"
    return Entry(_DEVICES, key, whole, tuple(about), {}, refused)


_NO_PHASE = "No slot of the box has a phase yet: set them in the box, then scan again."


def _where(finding: Finding) -> str:
    return f"{finding.connect} unit {finding.unit}" if finding.has_units else finding.connect


def _free(key: str, taken: set[str]) -> str:
    numbered = (key, *(f"{key}-{number}" for number in range(2, len(taken) + 3)))
    free = next(each for each in numbered if each not in taken)
    taken.add(free)
    return free


def _mistake(sections: Sequence[Entry], site: Mapping[str, Any]) -> str | None:
    """Why the site would not take these sections; ``None`` when it does. Open roles count as loads."""
    whole = [entry.with_role(Role.LOAD) if entry.open else entry for entry in sections if not entry.refused]
    try:
        validate(_raw(whole, site), "", unusable)
    except ConfigurationError as error:
        return str(error)
    return None


def _raw(sections: Sequence[Entry], site: Mapping[str, Any]) -> dict[str, Any]:
    raw: dict[str, Any] = {"site": dict(site), _DEVICES: {}, _CHARGERS: {}}
    for entry in sections:
        raw[entry.group][entry.key] = dict(entry.values)
    return raw
