"""The pytest plug-in behind ``@pytest.mark.req("EV-105")``.

In come the markers: at most five IDs per test, all of them known, or collecting the file fails. Out goes, with
``--requirements-out FILE``, a JSON file of the requirements shown by tests that passed. Under pytest-xdist the workers
send the IDs along with each report and the controller alone writes.
"""

import json
from collections.abc import Generator, Sequence
from pathlib import Path

import pytest

from checks.requirements.catalogue import known_ids

MOST = 5
PROPERTY = "req"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds ``--requirements-out``."""
    parser.addoption("--requirements-out", metavar="FILE", default=None, help="write the requirements shown as JSON")


def pytest_configure(config: pytest.Config) -> None:
    """Starts the ledger where results come together: in the controller, or in the only process."""
    target = config.getoption("--requirements-out")
    if target and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Ledger(Path(target)), "requirements-ledger")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Turns a wrong ``req`` marker into a collection error of its file."""
    report = yield
    problems = []
    for item in report.result or ():
        if isinstance(item, pytest.Item):
            ids = ids_of(item)
            problems += problems_of(item.nodeid, ids)
            if ids:
                item.user_properties.append((PROPERTY, " ".join(ids)))
    if problems:
        report.outcome = "failed"
        report.longrepr = "\n".join(problems)
        report.result = []
    return report


def ids_of(item: pytest.Item) -> list[str]:
    """The IDs a test carries, from its own markers and those of its class and module, each once."""
    return sorted({str(id_) for marker in item.iter_markers("req") for id_ in marker.args})


def problems_of(name: str, ids: Sequence[str]) -> list[str]:
    """What is wrong with the IDs of one test."""
    unknown = [id_ for id_ in ids if id_ not in known_ids()]
    problems = [f"{name}: no such requirement: {id_}" for id_ in unknown]
    if len(ids) > MOST:
        problems.append(f"{name}: carries {len(ids)} requirements; a test shows at most {MOST}")
    return problems


class Ledger:
    """Collects, per requirement, the tests that passed; a test with parameters passes when all of its cases do."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.ids: dict[str, set[str]] = {}
        self.failed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Notes one phase of one test."""
        test = report.nodeid.split("[")[0]
        ids = dict(report.user_properties).get(PROPERTY)
        if not isinstance(ids, str):
            return
        if not report.passed:
            self.failed.add(test)
        elif report.when == "call":
            self.ids.setdefault(test, set()).update(ids.split())

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """Writes what was shown."""
        shown: dict[str, list[str]] = {}
        for test in sorted(set(self.ids) - self.failed):
            for id_ in self.ids[test]:
                shown.setdefault(id_, []).append(test)
        self.target.parent.mkdir(parents=True, exist_ok=True)
        outcome = {"passed": int(exitstatus) == 0, "shown": dict(sorted(shown.items()))}
        self.target.write_text(json.dumps(outcome, indent=1), encoding="utf-8")
