"""The kinds of EVSE boards an own charger may have, and what of a site only some of them can do."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Literal

from ohmstead.core.model.errors import Mistake

BoardDriver = Literal["modbus-board", "phoenix-ev-cc", "evse-din", "plant", "cluster-member"]
"""Our published profile; EV Charge Control Basic of Phoenix Contact; EVSE-WB/DIN of ev-power.eu; the plant in here; and
no board at all: a charger of another site that this one leads."""
MEMBER: BoardDriver = "cluster-member"

WITHOUT_INPUTS: frozenset[BoardDriver] = frozenset({"phoenix-ev-cc", "evse-din", MEMBER})
"""They have no terminals for current transformers at the grid connection."""


def unfit_inputs(
    asked: Iterable[tuple[str, str, str | None]], drivers: Mapping[str, BoardDriver], unwell: Collection[str]
) -> Iterator[Mistake]:
    """Devices that are an input of a board which is not there or has none.

    ``asked`` are the devices' names and addresses, and the charger that the address names, if any; ``drivers`` those of
    the chargers' boards; ``unwell`` names chargers of which nothing is known.
    """
    for name, connect, charger in asked:
        if charger is None or charger in unwell:
            continue
        where = f"devices.{name}.connect"
        if charger not in drivers:
            allowed = f"board:// and one of {', '.join(drivers) or 'no charger yet'}"
            yield Mistake(where, f"{connect}, which is no charger", allowed)
        elif drivers[charger] in WITHOUT_INPUTS:
            came = f"{connect}, whose board (driver {drivers[charger]}) has no input for current transformers"
            yield Mistake(where, came, "a board of our profile", "Give the grid connection a meter of its own.")
