"""The validation of the installation by multimeter on a running site (EM-230 to EM-236).

Readings come in one by one, from installers; the document that holds them is kept with its author. It is of one
configuration: when that changes, what was measured no longer counts, and the location is not validated.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING, Any, get_args

from pydantic import TypeAdapter

from ohmstead import __version__
from ohmstead.core.commissioning.validation import LINE_V, again, doubt, measured, progress
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole, Event
from ohmstead.core.model.points import wired
from ohmstead.core.model.quantities import PHASES, Phase, Role
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import DeviceSettings, Settings
from ohmstead.core.model.validation import Progress, Target, Validation, ValidationReport, VoltageReading
from ohmstead.drivers.clock import Clock
from ohmstead.protocols.meters import catalogue
from ohmstead.site.recalling import without_on_error
from ohmstead.store.values import Document

if TYPE_CHECKING:
    from ohmstead.store.store import Store

VALIDATION = "validation"
"""Kind of the one document that holds the validation of the site; its history holds those before."""
_PLACE = ("driver", "meter", "connect", "unit", "role", "phases")
_PART = ("slots", "points", "channels", "input", "component", "channel", "topic")
WHERE = {*_PLACE, *_PART}
"""What of a device says which wires it measures, and as what."""

VALIDATION_REPORT = "validation.report"
"""Kind of the documents that hold the report of each validation that was done; their id is when, by its moment."""
_VALIDATION = TypeAdapter(Validation)
_REPORT = TypeAdapter(ValidationReport)
_NEEDED: AccessRole = "installer"


class Validating:
    """Owner of the site's validation."""

    def __init__(
        self, settings: Settings, clock: Clock, on_event: Callable[[Event], None], keep: Callable[[], Awaitable[None]]
    ) -> None:
        """``keep`` returns when what :meth:`take` gave is in the store; it refuses while there is none."""
        self._clock = clock
        self._on_event = on_event
        self._keep = keep
        self._settings = settings
        self._validation = Validation(configuration(settings))
        self._unsaved: list[Document] = []
        self._reports: dict[str, ValidationReport] = {}

    @property
    def reports(self) -> Mapping[str, ValidationReport]:
        """Of each validation that was done, by its id, the last first."""
        return dict(sorted(self._reports.items(), reverse=True))

    def report(self) -> ValidationReport:
        """How it stands at this moment."""
        return self._reported(self._validation)

    @property
    def validation(self) -> Validation:
        """What was measured so far."""
        return self._validation

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return progress(self._validation, self._targets(), self._settings.site.phases)

    async def measured(
        self, target: str, phase: Phase, against: Phase, voltage_v: float, author: str, role: AccessRole
    ) -> None:
        """Take one reading of the multimeter. Raises CommandRefused."""
        _permitted(role)
        site, targets = self._settings.site, self._targets()
        line_v = LINE_V[site.grid_type]
        at = self._clock.now().utc
        reading = VoltageReading(target, phase, against, voltage_v, "repeat", author, at)
        if not any(one.role is Role.GRID for one in targets):
            raise CommandRefused(Reason("verification.no_grid_meter"))
        reason = doubt(self._validation, targets, site.phases, line_v, reading)
        if reason is not None:
            raise CommandRefused(reason)
        before = self._validation.completion
        after = measured(self._validation, targets, site.phases, line_v, reading)
        if after.completion is not None and before is None:
            told = Reason("event.validation.done", {"readings": sum(one.counts for one in after.readings)})
            self._on_event(Event(at, "validation.done", author, "site", "info", told))
            await self._change(after, author, self._reported(after))
            return
        await self._change(after, author)

    async def again(self, everything: bool, author: str, role: AccessRole) -> None:
        """Measure the supply again, as after a swap, or all of it. Raises CommandRefused."""
        _permitted(role)
        devices = frozenset(one.device for one in self._targets() if everything or one.role is Role.GRID)
        await self._change(again(self._validation, devices), author)

    def configure(self, settings: Settings) -> None:
        """Go by ``settings``; what was measured of another configuration no longer counts."""
        self._settings = settings
        self._compare()

    def recall(self, body: Any, report: str | None = None) -> None:
        """Take back what was kept, or the ``report`` of that id. Raises ValueError when it is none."""
        if report is not None:
            self._reports[report] = _REPORT.validate_python(body)
            return
        self._validation, self._unsaved = _VALIDATION.validate_python(body), []
        self._compare()

    async def recall_from(self, store: "Store") -> None:
        """Take back what ``store`` has; what cannot be read is left out. Raises StoreError."""
        for document in (*await store.documents.list(VALIDATION), *await store.documents.list(VALIDATION_REPORT)):
            with without_on_error(document.kind):
                self.recall(document.body, report=document.id if document.kind != VALIDATION else None)

    def take(self) -> list[Document]:
        """What is not handed to the store yet; it is the caller's now."""
        taken, self._unsaved = self._unsaved, []
        return taken

    def _compare(self) -> None:
        now, before = configuration(self._settings), self._validation
        if before.configuration == now:
            return
        if not before.readings:
            self._validation = replace(before, configuration=now)
            return
        self._set(Validation(now, outdated=True), "site")
        if before.completion is not None:
            told = Reason("event.validation.outdated")
            self._on_event(Event(self._clock.now().utc, "validation.outdated", "site", "site", "warning", told))

    async def _change(self, after: Validation, author: str, report: ValidationReport | None = None) -> None:
        before, reports = self._validation, dict(self._reports)
        self._set(after, author)
        if report is not None:
            self._file(report, author)
        try:
            await self._keep()
        except CommandRefused:
            self._validation, self._unsaved, self._reports = before, [], reports
            raise

    def _file(self, report: ValidationReport, author: str) -> None:
        id = f"{report.made_at:%Y%m%dT%H%M%SZ}"
        self._reports[id] = report
        self._unsaved.append(Document(VALIDATION_REPORT, id, _REPORT.dump_python(report, mode="json"), author))

    def _reported(self, validation: Validation) -> ValidationReport:
        site, targets = self._settings.site, self._targets()
        devices = self._settings.devices
        return ValidationReport(
            site=site.name,
            timezone=site.timezone,
            grid_type=site.grid_type,
            line_v=LINE_V[site.grid_type],
            phases=site.phases,
            names={one.device: devices[one.device].name or one.device for one in targets},
            version=__version__,
            made_at=self._clock.now().utc,
            validation=validation,
            progress=progress(validation, targets, site.phases),
        )

    def _set(self, after: Validation, author: str) -> None:
        self._validation = after
        body = _VALIDATION.dump_python(after, mode="json")
        self._unsaved.append(Document(VALIDATION, "site", body, author))

    def _targets(self) -> tuple[Target, ...]:
        site = self._settings.site
        found = [
            Target(name, device.role, tuple(one for one in _wires(device, site.phases) if one in site.phases))
            for name, device in self._settings.devices.items()
            if device.role is not Role.VEHICLE
        ]
        # the supply first, and all of its conductors
        return tuple(
            replace(one, phases=site.phases) if one.role is Role.GRID else one
            for one in sorted(found, key=lambda one: ("grid", "loads", "sources").index(one.step))
        )


def configuration(settings: Settings) -> str:
    """A digest of what says which wire is which: the grid type, and of each device where it is and what it measures."""
    devices = {name: device.model_dump(mode="json", include=WHERE) for name, device in sorted(settings.devices.items())}
    text = json.dumps([settings.site.grid_type, devices], sort_keys=True)
    return sha256(text.encode()).hexdigest()[:16]


def _wires(device: DeviceSettings, supply: tuple[Phase, ...]) -> tuple[Phase, ...]:
    """The phases as they were set up, or as many as it has terminals."""
    if device.phases is not None:
        return device.phases
    if device.points:
        codes = {one.code for one in wired(device.points, None, None)}
        return tuple(phase for phase in PHASES if phase in codes)
    if device.driver == "modbus" and device.meter is not None:
        return PHASES[: catalogue.load(device.meter).phases]
    if device.slots and all(each.phase is not None for each in device.slots):
        placed = {each.phase for each in device.slots}
        return tuple(phase for phase in PHASES if phase in placed)
    return PHASES[: len(device.slots)] if device.slots else supply


def _permitted(role: AccessRole) -> None:
    roles = get_args(AccessRole)
    if roles.index(role) < roles.index(_NEEDED):
        raise CommandRefused(Reason("command.role", {"needed": _NEEDED, "role": role}))
