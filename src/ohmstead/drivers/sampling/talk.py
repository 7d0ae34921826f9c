"""What site and worker say to each other over the worker's pipes: one JSON object a line, in both directions.

To the worker: first a ``Wiring``, then questions. From it: a second about once a second, troubles, answers. The worker
ends when its standard input does, so it outlives no site.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from pydantic import TypeAdapter

from ohmstead.core.model.reasons import Reason
from ohmstead.core.model.sampled import CloseLook, ProposedWiring, Second, VoltageEvent, Wiring

LINE_AT_MOST = 1 << 20

Topic = Literal["look", "proposal"]


@dataclass(frozen=True, slots=True)
class Question:
    """Something asked now and then; ``circuit`` for a look, ``mains_known`` for a proposal."""

    number: int
    topic: Topic
    circuit: str = ""
    mains_known: bool = False
    """The settings of the mains are confirmed: phases and directions of its three points."""
    heaters: tuple[str, ...] = ()
    """Circuits of which somebody says that a kettle or the like was switched."""


@dataclass(frozen=True, slots=True)
class Answer:
    """To the question of that number: what was asked for, or why not."""

    number: int
    look: CloseLook | None = None
    proposal: ProposedWiring | None = None
    refusal: Reason | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there are no samples: ``kind`` is how it is counted."""

    kind: Literal["unreachable", "garbled"]
    reason: Reason
    disturbances: tuple[VoltageEvent, ...] = ()
    """What disturbed the supply when the samples ended."""


Word = Second | Answer | Trouble

_ANSWERS: Mapping[str, TypeAdapter[Any]] = {
    "second": TypeAdapter(Second),
    "answer": TypeAdapter(Answer),
    "trouble": TypeAdapter(Trouble),
}
_WIRING: TypeAdapter[Wiring] = TypeAdapter(Wiring)
_QUESTION: TypeAdapter[Question] = TypeAdapter(Question)


def written(thing: Word | Wiring | Question) -> bytes:
    """``thing`` as a line."""
    return (
        json.dumps({"kind": type(thing).__name__.lower(), "is": asdict(thing)}, separators=(",", ":")).encode() + b"\n"
    )


def heard(line: bytes) -> Word:
    """What the worker said. Raises ValueError."""
    said = json.loads(line)
    word: Word = _ANSWERS[said["kind"]].validate_python(said["is"])
    return word


def told_wiring(line: bytes) -> Wiring:
    """What the worker is to do. Raises ValueError."""
    return _WIRING.validate_python(json.loads(line)["is"])


def asked(line: bytes) -> Question:
    """What the site wants to know. Raises ValueError."""
    return _QUESTION.validate_python(json.loads(line)["is"])
