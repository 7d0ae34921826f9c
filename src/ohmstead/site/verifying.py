"""The guided test of the grid meter on a running site (EV-180, G-022).

Each tick's snapshot goes in; what comes out are ceilings for the chargers, which control takes as one more limit,
and at the end a report that is kept and an event. The ceilings live in memory only: when the site stops, they are
gone. One test at a time, since a second one would move the meter too.
"""

from collections.abc import Callable, MutableMapping
from typing import Any, get_args

from pydantic import TypeAdapter

from ohmstead.core.commissioning.verification import Trial, advance, ceilings, doing
from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.events import AccessRole, Event
from ohmstead.core.model.grants import Severity
from ohmstead.core.model.quantities import Role
from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.settings import Settings
from ohmstead.core.model.snapshot import Snapshot
from ohmstead.core.model.time import Instant
from ohmstead.core.model.verification import Report, Verification
from ohmstead.store.values import Document

VERIFICATION = "verification"
"""Kind of the documents that hold the last report of each charger."""

_REPORT = TypeAdapter(Report)
_NEEDED: AccessRole = "installer"


class Verifying:
    """At most one running test, and the last report of each charger."""

    def __init__(
        self, settings: Settings, ceilings_a: MutableMapping[str, float], on_event: Callable[[Event], None]
    ) -> None:
        """``ceilings_a`` is what control reads at each decision."""
        self.settings = settings
        self._ceilings_a = ceilings_a
        self._on_event = on_event
        self._trial: Trial | None = None
        self._author = ""
        self._reports: dict[str, Report] = {}
        self._unsaved: list[Document] = []

    @property
    def running(self) -> bool:
        """Whether a test runs now."""
        return self._trial is not None

    def start(self, charger: str, author: str, role: AccessRole, now: Instant) -> None:
        """Begin to test on ``charger``. Raises CommandRefused."""
        if charger not in self.settings.chargers:
            known = ", ".join(sorted(self.settings.chargers))
            raise _refused("command.unknown_charger", charger=charger, known=known)
        roles = get_args(AccessRole)
        if roles.index(role) < roles.index(_NEEDED):
            raise _refused("command.role", needed=_NEEDED, role=role)
        device = next((name for name, one in self.settings.devices.items() if one.role is Role.GRID), None)
        if device is None:
            raise _refused("verification.no_grid_meter")
        if self._trial is not None:
            raise _refused("verification.running", charger=self._trial.charger)
        self._trial, self._author = Trial(charger, device, now), author

    def look(self, snapshot: Snapshot) -> None:
        """Bring the test forward by one snapshot."""
        if self._trial is None:
            return
        self._trial = trial = advance(self._trial, snapshot, self.settings)
        held = ceilings(trial, snapshot, self._ceilings_a)
        self._ceilings_a.clear()
        self._ceilings_a.update(held)
        if trial.findings is not None:
            self._trial = None
            self._end(
                Report(
                    charger=trial.charger,
                    device=trial.device,
                    author=self._author,
                    began=trial.began.utc,
                    ended=snapshot.at.utc,
                    findings=trial.findings,
                    steps=trial.steps,
                )
            )

    def progress(self, charger: str) -> Verification:
        """How far the test of ``charger`` is."""
        trial = self._trial
        running = doing(trial) if trial is not None and trial.charger == charger else None
        return Verification(charger, running, self._reports.get(charger))

    def take(self) -> list[Document]:
        """The reports that are not handed to the store yet; they are the caller's now."""
        taken, self._unsaved = self._unsaved, []
        return taken

    def recall(self, charger: str, body: Any) -> None:
        """Take back what was kept. Raises ValueError when it is no report."""
        self._reports[charger] = _REPORT.validate_python(body)

    def _end(self, report: Report) -> None:
        self._reports[report.charger] = report
        body = _REPORT.dump_python(report, mode="json")
        self._unsaved.append(Document(VERIFICATION, report.charger, body, report.author))
        found = report.findings
        severity: Severity = "info" if found.verdict in ("correct", "inconclusive") else "warning"
        data = {"verdict": found.verdict, "device": report.device}
        self._on_event(
            Event(report.ended, "verification.done", report.author, report.charger, severity, found.reason, data)
        )


def _refused(key: str, **params: str) -> CommandRefused:
    return CommandRefused(Reason(key, params))
