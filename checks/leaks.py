"""Tracked files name no path of one machine and no host of a package registry: they must read the same anywhere.

Lock files carry names, versions and hashes only.
"""

import re
from collections.abc import Iterator

from checks.tree import Finding, Tree

# One letter of each word stands in brackets, so that this table does not find itself.
LEAKS = (
    ("a path of one machine", re.compile(r"(?<![\w.])/(?:wor[k]|far[m]|roo[t]|tm[p]/venv|tm[p]/boot)/")),
    ("a host of a package registry", re.compile(r"pyp[i]\.org|pythonhoste[d]|npmj[s]\.(?:org|com)|crate[s]\.io")),
    ("a host of a package registry", re.compile(r"deb\.debia[n]|proxy\.golan[g]|repo\d?\.mave[n]")),
)


def check(tree: Tree) -> Iterator[Finding]:
    """Every line that would read wrong on another machine."""
    for path, text in tree.text_files():
        for number, line in enumerate(text.splitlines(), start=1):
            for what, pattern in LEAKS:
                found = pattern.search(line)
                if found:
                    yield Finding(path, number, f"{found.group()!r} is {what}")
