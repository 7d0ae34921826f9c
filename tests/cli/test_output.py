"""Logs go to standard error, and nothing stops when they cannot."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import structlog
from ohmstead.cli.output import configure_logs
configure_logs()
log = structlog.get_logger("somewhere")
for _ in range(3):
    log.error("told", where="here")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("failed")
print("alive")
"""


def test_a_log_on_a_full_disk_stops_nothing() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=full, check=False)
    assert done.stdout == b"alive\n"


def test_a_log_is_a_line_of_json_where_no_person_looks() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert done.stderr.splitlines()[0].startswith('{"where": "here", "event": "told", "level": "error"')
