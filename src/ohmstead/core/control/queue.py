"""The order of plug-in (G-062): who has a car stands in it from then on, also while nothing is heard of it."""

from ohmstead.core.control.inputs import ControlSettings
from ohmstead.core.control.memory import ControlMemory
from ohmstead.core.model.quantities import Quality
from ohmstead.core.model.snapshot import Snapshot


def in_order_of_plug_in(snapshot: Snapshot, settings: ControlSettings, memory: ControlMemory) -> tuple[str, ...]:
    """The chargers with a car. Those that are new stand behind, by plug-in time, then by energy, then as set up."""
    there: list[str] = []
    new: list[tuple[float, int, int, str]] = []
    before = set(memory.queue)
    for number, name in enumerate(settings.settings.chargers):
        reading = snapshot.chargers.get(name)
        if reading is None or reading.quality is not Quality.GOOD or reading.connected is None:
            if name in before:
                there.append(name)
            continue
        if not reading.connected:
            continue
        session, known = reading.session, memory.chargers.get(name)
        other = session is not None and known is not None and known.session not in (None, session.id)
        if name in before and not other:
            there.append(name)
        else:
            at = 0.0 if session is None else session.connected_at.utc.timestamp()
            energy_j = 0 if session is None or session.energy_j is None else session.energy_j
            new.append((at, energy_j, number, name))
    stays = set(there)
    return (*(name for name in memory.queue if name in stays), *(row[3] for row in sorted(new)))
