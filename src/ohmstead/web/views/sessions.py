"""Sessions of chargers, by month, with energy, time and cost; and the prices they are counted by."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, Field
from pydantic.config import JsonDict

from ohmstead.web.views.base import View, shaped


def _written(value: object) -> object:
    """A moment is written out; a number is none."""
    if value is not None and not isinstance(value, str | datetime):
        raise ValueError("a time as text, ISO 8601 with zone")
    return value


Money = Annotated[str, Field(pattern=r"^[0-9]{1,4}(\.[0-9]{1,6})?$", description="Decimal, as text")]
Written = Annotated[AwareDatetime, BeforeValidator(_written)]

CHARGE_EXAMPLE: JsonDict = {
    "id": "garage-20240315T070900000Z",
    "charger": "garage",
    "charger_name": "Garage",
    "running": False,
    "connected_at": "2024-03-15T07:05:00Z",
    "disconnected_at": "2024-03-15T12:30:00Z",
    "started_at": "2024-03-15T07:09:00Z",
    "ended_at": "2024-03-15T10:11:47Z",
    "charging_s": 10967,
    "energy_j": 38_880_000,
    "green_energy_j": 0,
    "cost": "4.860000",
    "currency": "EUR",
    "authorization": "RFID:04A1B2C3",
    "card_name": "Anna",
    "limit_a": 32.0,
    "limit_w": 22_080,
    "phase_switchings": 0,
    "stop_reason": "complete",
}
TOTAL_EXAMPLE: JsonDict = {
    "sessions": 17,
    "energy_j": 655_200_000,
    "green_energy_j": 120_000_000,
    "charging_s": 152_000,
    "cost": "81.900000",
}
GROUP_EXAMPLE: JsonDict = {"key": "RFID:04A1B2C3", "name": "Anna", **TOTAL_EXAMPLE}
COUNTERS_EXAMPLE: JsonDict = {"sessions": 17, "energy_j": 655_200_000, "charging_s": 152_000}
PRICE_EXAMPLE: JsonDict = {"valid_from": "2026-01-01T00:00:00Z", "per_kwh": "0.45", "green_per_kwh": None}


class ChargeView(View):
    """One session. What has ended is frozen; what runs is as if it ended now."""

    model_config = shaped(CHARGE_EXAMPLE)

    id: str
    charger: str
    charger_name: str = Field(description="What people read")
    running: bool
    connected_at: datetime
    disconnected_at: datetime | None = Field(description="Null while it runs")
    started_at: datetime | None = Field(description="First instant of charging; null before")
    ended_at: datetime | None = Field(description="Last instant of charging so far")
    charging_s: int = Field(description="Effective charging time: seconds with the contactor closed")
    energy_j: int | None = Field(description="Null when nobody measured it")
    green_energy_j: int | None = Field(description="What of it came from the site's own sources; null when not known")
    cost: Decimal | None = Field(description="With six decimals; null where no price held")
    currency: str = Field(description="ISO 4217")
    authorization: str | None = Field(description="None, App or RFID:<number>")
    card_name: str = Field(description="What the card is or was called; empty without one")
    limit_a: float | None = Field(description="The most it could take, ampere per phase")
    limit_w: int | None = Field(description="The same at 230 V on its phases")
    phase_switchings: int = Field(description="How often it was switched between one phase and three")
    stop_reason: str = Field(description="running, unplugged, complete, vehicle, rejected, error.V3, paused, …")


class TotalView(View):
    """Sums. The cost is that of what has one."""

    model_config = shaped(TOTAL_EXAMPLE)

    sessions: int = Field(description="How many have a part in it")
    energy_j: int
    green_energy_j: int | None
    charging_s: int
    cost: Decimal | None


class GroupView(TotalView):
    """Sums of one device, or of one way of authorization."""

    model_config = shaped(GROUP_EXAMPLE)

    key: str = Field(description="The charger, or None, App, RFID:<number>")
    name: str = Field(description="What people read; empty for ways of authorization that are no card")


class CountersView(View):
    """Number, energy and duration of sessions."""

    model_config = shaped(COUNTERS_EXAMPLE)

    sessions: int
    energy_j: int
    charging_s: int


class SessionsView(View):
    """The sessions of one calendar month. Sums split a session at the month's borders, the list has it whole."""

    model_config = shaped(
        {
            "month": "2026-06",
            "charger": "garage",
            "currency": "EUR",
            "total": TOTAL_EXAMPLE,
            "by_device": [{**GROUP_EXAMPLE, "key": "garage", "name": "Garage"}],
            "by_authorization": [GROUP_EXAMPLE],
            "sessions": [CHARGE_EXAMPLE],
            "total_counters": COUNTERS_EXAMPLE,
            "partial_counters": COUNTERS_EXAMPLE,
        }
    )

    month: str
    charger: str | None = Field(description="Null for all of them")
    currency: str
    total: TotalView
    by_device: tuple[GroupView, ...]
    by_authorization: tuple[GroupView, ...]
    sessions: tuple[ChargeView, ...] = Field(description="Those that were plugged in in this month, the newest first")
    total_counters: CountersView | None = Field(description="Of the life of the charger; null for all of them")
    partial_counters: CountersView | None = Field(description="Since somebody began it anew")


class MinuteView(View):
    """One minute of a session in which something was charged."""

    model_config = shaped({"at": "2026-06-21T10:15:00Z", "energy_j": 660_000, "green_energy_j": 0, "charging_s": 60.0})

    at: datetime
    energy_j: int
    green_energy_j: int | None
    charging_s: float


class SessionDetailView(View):
    """One session with its minutes."""

    model_config = shaped(
        {
            "session": CHARGE_EXAMPLE,
            "minutes": [{"at": "2024-03-15T07:09:00Z", "energy_j": 212_000, "green_energy_j": 0, "charging_s": 60.0}],
        }
    )

    session: ChargeView
    minutes: tuple[MinuteView, ...]


class PriceView(View):
    """What a kilowatt-hour costs from ``valid_from`` until the next price."""

    model_config = shaped(PRICE_EXAMPLE)

    valid_from: datetime
    per_kwh: Decimal
    green_per_kwh: Decimal | None = Field(description="Null: as every other")


class PricesView(View):
    """All prices, the oldest first."""

    model_config = shaped({"currency": "EUR", "prices": [PRICE_EXAMPLE]})

    currency: str
    prices: tuple[PriceView, ...]


class SetPriceBody(View):
    """A price from a moment on, or from now on; it holds from the next full minute."""

    model_config = shaped({"per_kwh": "0.45", "green_per_kwh": None, "currency": "EUR", "valid_from": None})

    per_kwh: Money
    green_per_kwh: Money | None = None
    currency: str = Field(default="EUR", min_length=3, max_length=3)
    valid_from: Written | None = Field(default=None, description="ISO 8601 with zone; now when left out")


class RecalculateBody(View):
    """Count sessions that began from this moment on anew."""

    model_config = shaped({"since": "2026-06-01T00:00:00+02:00"})

    since: Written


class RecalculatedView(View):
    """How many sessions have another cost now."""

    model_config = shaped({"changed": 3})

    changed: int
