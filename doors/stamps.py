"""Content hashes that tell whether a prepared thing is still up to date.

Files and folders go in, one digest comes out; a stamp beside the prepared thing remembers the digest it was made from.
"""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

BUILT = frozenset({"node_modules", "dist", "__pycache__"})


def digest(paths: Iterable[Path]) -> str:
    """The hash of all files in or below the paths: names and bytes, in one fixed order; built folders do not count."""
    total = hashlib.sha256()
    for path in sorted(file for each in paths for file in _files(each)):
        total.update(f"{path}\0{path.stat().st_mode & 0o111}\0".encode())
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def fresh(stamp: Path, value: str) -> bool:
    """Whether the stamp was written for this digest."""
    return stamp.is_file() and stamp.read_text(encoding="utf-8") == value


def press(stamp: Path, value: str) -> None:
    """Remember the digest, once the thing made from it is complete."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(value, encoding="utf-8")


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif path.is_dir() and path.name not in BUILT:
        for child in path.iterdir():
            yield from _files(child)
