"""``python -m checks [RULE…]``: rules over this repository; prints what is broken, ends with 1 if anything is.

Without names it runs every rule but ``dead_code``, which only a whole tree can answer and which has its own row in
``./dev check``.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from checks import dead_code, leaks, links, purity, reference, rooms, sizes, suppressions
from checks.tree import Finding, Tree

Rule = Callable[[Tree], Iterable[Finding]]

RULES: dict[str, Rule] = {
    "rooms": rooms.check,
    "purity": purity.check,
    "sizes": sizes.check,
    "suppressions": suppressions.check,
    "leaks": leaks.check,
    "links": links.check,
    "reference": reference.check,
}
ON_ITS_OWN: dict[str, Rule] = {"dead_code": dead_code.check}


def main(names: Sequence[str]) -> int:
    """Run the named rules, or all, over the repository this file stands in."""
    tree = Tree(Path(__file__).resolve().parent.parent)
    rules = [(RULES | ON_ITS_OWN)[name] for name in names] or list(RULES.values())
    findings = sorted({finding for rule in rules for finding in rule(tree)})
    for finding in findings:
        print(finding)
    return int(bool(findings))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
