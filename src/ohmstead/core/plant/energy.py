"""Counters that integrate power exactly: whole microjoules inside, whole joules outside, nothing lost between."""

_MICRO = 1_000_000


class EnergyCounter:
    """Import and export of one measuring point or phase, in joules; neither ever goes backwards."""

    __slots__ = ("_exported", "_imported")

    def __init__(self, import_j: int = 0, export_j: int = 0) -> None:
        """Start from given counter readings."""
        self._imported = import_j * _MICRO
        self._exported = export_j * _MICRO

    def add(self, power_w: float, dt_s: float) -> None:
        """Count ``power_w`` for ``dt_s`` seconds; negative power counts as export."""
        energy = round(power_w * dt_s * _MICRO)
        if energy >= 0:
            self._imported += energy
        else:
            self._exported -= energy

    @property
    def import_j(self) -> int:
        """Joules imported so far."""
        return self._imported // _MICRO

    @property
    def export_j(self) -> int:
        """Joules exported so far."""
        return self._exported // _MICRO
