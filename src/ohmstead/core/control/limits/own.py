"""The limits of one charger that do not depend on the supply (EV-097, G-023 to G-025)."""

from functools import lru_cache

from ohmstead.core.control.appetite import POLL_S, Appetite
from ohmstead.core.model.chargers import ChargerOptions, ChargerReading, ChargerState
from ohmstead.core.model.grants import Limit
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.settings import ChargerSettings

_UNAVAILABLE = frozenset({ChargerState.OUT_OF_SERVICE, ChargerState.ERROR})


def ratings(
    charger: ChargerSettings,
    options: ChargerOptions,
    hardware_max_a: float | None,
    cable_max_a: float | None,
    ceiling_a: float | None = None,
) -> tuple[Limit, ...]:
    """The bounds in ampere per phase. A board whose rating is not known yet may give nothing."""
    hardware_a = hardware_max_a if hardware_max_a is not None else 0.0
    limits_a = (cable_max_a, charger.max_current_a, options.user_limit_a, options.session_limit_a, ceiling_a)
    return _ratings(hardware_a, *limits_a)


_RATINGS = ("hardware", "cable", "installation", "user", "session", "verification")


@lru_cache(maxsize=1024)
def _ratings(*limits_a: float | None) -> tuple[Limit, ...]:
    """Those of ``_RATINGS`` that there are."""
    rows = zip(_RATINGS, limits_a, strict=True)
    return tuple(Limit(name, a, Reason(f"limit.{name}", {"limit_a": a})) for name, a in rows if a is not None)


def stop(options: ChargerOptions, reading: ChargerReading, ventilated: bool = False) -> Limit | None:
    """Why the charger gets nothing at all now, whatever is available (G-034, G-051, G-134)."""
    rows = (
        ("not_enabled", not options.enabled),
        ("unavailable", reading.state in _UNAVAILABLE),
        ("not_connected", not reading.connected),
        ("rejected", reading.authorization.verdict == "rejected"),
        ("authorization", reading.authorization.verdict == "waiting"),
        ("ventilation", reading.iec_state in ("D1", "D2") and not ventilated),
        ("paused", options.paused),
    )
    for name, holds in rows:
        if holds:
            return Limit(name, 0.0, Reason(f"limit.{name}"))
    return None


def out_of_reach(reserved_a: float) -> Limit:
    """A member of the cluster is not heard: it gets nothing new, and this much is kept for it (G-064)."""
    return Limit("no_contact", 0.0, Reason("limit.no_contact", {"reserved_a": reserved_a}))


def asleep(appetite: Appetite, now_s: float) -> tuple[Limit, ...]:
    """A car that slept through its turns takes none until it is asked again (G-059)."""
    if appetite.passed_at is None or not appetite.asleep(now_s):
        return ()
    params: dict[str, Param] = {"wait_s": POLL_S - (now_s - appetite.passed_at)}
    return (Limit("asleep", 0.0, Reason("limit.asleep", params)),)
