"""``python -m checks [RULE…]``: rules over this repository; prints what is broken, ends with 1 if anything is.

Without names it runs every rule but those that load much of the program; they have rows of their own in
``./dev check``.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from checks import api_schema, dead_code, leaks, links, locks, purity, reference, rooms, sizes, suppressions
from checks.tree import Finding, Tree

Rule = Callable[[Tree], Iterable[Finding]]

RULES: dict[str, Rule] = {
    "rooms": rooms.check,
    "purity": purity.check,
    "sizes": sizes.check,
    "suppressions": suppressions.check,
    "leaks": leaks.check,
    "links": links.check,
    "locks": locks.check,
}
ON_THEIR_OWN: dict[str, Rule] = {
    "dead_code": dead_code.check,
    "reference": reference.check,
    "api_schema": api_schema.check,
}


def main(names: Sequence[str]) -> int:
    """Run the named rules, or all, over the repository this file stands in."""
    tree = Tree(Path(__file__).resolve().parent.parent)
    rules = [(RULES | ON_THEIR_OWN)[name] for name in names] or list(RULES.values())
    findings = sorted({finding for rule in rules for finding in rule(tree)})
    for finding in findings:
        print(finding)
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
