"""The table of transitions as people read it in the handbook: a diagram and tables, drawn from the rows themselves."""

from collections.abc import Iterable, Iterator

from ohmstead.core.charging.table import CHARGER, OFFERS, TABLE, VEHICLE, Row
from ohmstead.core.model.faults import ERRORS

_FIRST = "A1"


def page() -> str:
    """The whole part of ``docs/charging.md`` that is generated, as Markdown."""
    parts = ("### The states", diagram(), "### The vehicle's moves", rows(VEHICLE))
    more = ("### The charger's answers", rows((*CHARGER, *OFFERS)), "### The errors", errors())
    return "\n\n".join((*parts, *more)) + "\n"


def diagram() -> str:
    """A Mermaid state diagram of all states and moves, each with who makes it."""
    lines = ["```mermaid", "stateDiagram-v2", f"  [*] --> {_FIRST}", *dict.fromkeys(_arrows(TABLE)), "```"]
    return "\n".join(lines)


def rows(some: Iterable[Row]) -> str:
    """A table of ``some`` rows."""
    head = "| sequence | from | to | what happens | within | clause |\n|---|---|---|---|---|---|"
    return "\n".join((head, *dict.fromkeys(_line(row) for row in some)))


def errors() -> str:
    """A table of the errors, the most severe first."""
    head = "| code | ends by | unplug | evidence | OCPP 1.6 |\n|---|---|---|---|---|"
    lines = (
        f"| {code} | {row.clearing} | {'yes' if row.vehicle_removed else ''} | {row.evidence_s:g} s | {row.ocpp} |"
        for code, row in ERRORS.items()
    )
    return "\n".join((head, *lines))


def _arrows(some: Iterable[Row]) -> Iterator[str]:
    for row in some:
        for state in row.states.split():
            number = f"{row.number} " if row.number else ""
            yield f"  {state} --> {row.to_state}: {number}{row.effect.replace(':', ',')} ({row.by})"


def _line(row: Row) -> str:
    within = "" if row.within_s is None else f"{row.within_s:g} s"
    return f"| {row.number} | {row.states} | {row.to_state} | {row.effect} | {within} | {row.clause} |"
