"""What the operating system must bring is found, installed by root, or named in one line to run."""

import os

import pytest

from doors import system
from doors.place import DoorError
from doors.system import Need

MISSING = Need("A thing, for a test", ("thing", "thing-fonts"), lambda: False)
THERE = Need("Another", ("another",), lambda: True)


@pytest.fixture
def installed(monkeypatch):
    """Notes what would be run instead of running it."""
    ran = []
    monkeypatch.setattr(system, "quietly", lambda what, command, **_: ran.append(" ".join(command)))
    return ran


def test_what_is_there_is_left_alone(installed):
    system.require((THERE,))
    assert installed == []


def test_someone_who_is_not_root_reads_the_line_to_run(monkeypatch, installed):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(DoorError, match=r"sudo apt-get update && sudo apt-get install .* thing thing-fonts$"):
        system.require((MISSING, THERE))
    assert installed == []


def test_root_installs_and_looks_again(monkeypatch, installed):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    with pytest.raises(DoorError, match="installed, yet not found: A thing"):
        system.require((MISSING,))
    assert installed == ["apt-get update", "apt-get install --yes --no-install-recommends thing thing-fonts"]
