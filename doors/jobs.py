"""Runs independent checks side by side: jobs go in, one line per job and the output of failed ones come out."""

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from doors.place import ROOT
from doors.shell import say, surroundings


@dataclass(frozen=True)
class Job:
    """One check: its name in the summary, the command, and where it runs."""

    name: str
    command: Sequence[str | Path]
    cwd: Path = ROOT
    env: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Outcome:
    """How one job ended."""

    job: Job
    code: int
    output: str
    seconds: float


def run(jobs: Sequence[Job]) -> int:
    """Run all jobs, as many at once as there are cores; print failures in full, then a summary; 0 if all passed."""
    with ThreadPoolExecutor(max_workers=max(2, os.cpu_count() or 2)) as pool:
        outcomes = list(pool.map(_run, jobs))
    for outcome in outcomes:
        if outcome.code:
            print(f"\n{outcome.job.name} failed\n{outcome.output.rstrip()}\n", flush=True)
    for outcome in outcomes:
        say(f"{'ok  ' if not outcome.code else 'FAIL'} {outcome.job.name}  ({outcome.seconds:.1f} s)")
    return int(any(outcome.code for outcome in outcomes))


def _run(job: Job) -> Outcome:
    start = time.monotonic()
    done = subprocess.run(
        [str(part) for part in job.command],
        cwd=job.cwd,
        env=dict(job.env or surroundings()),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Outcome(job, done.returncode, done.stdout, time.monotonic() - start)
