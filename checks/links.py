"""Links between our documents lead somewhere: the file exists, and so does the heading behind a ``#``."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from checks.tree import Finding, Tree

LINK = re.compile(r"!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)|(?:src|href)=\"([^\"]+)\"")
ELSEWHERE = re.compile(r"^[a-z][a-z0-9+.-]*:", re.I)
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.M)
CODE = re.compile(r"^(```|~~~).*?^\1\s*$|`[^`\n]*`", re.M | re.S)


def check(tree: Tree) -> Iterator[Finding]:
    """Every dead relative link of a Markdown page."""
    known = set(tree.files) | {str(parent) for path in tree.files for parent in PurePosixPath(path).parents}
    for path in tree.files:
        if path.endswith(".md"):
            text = CODE.sub(lambda code: "\n" * code.group().count("\n"), tree.read(path))
            for match in LINK.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                problem = _problem(tree, known, path, match.group(1) or match.group(2))
                if problem:
                    yield Finding(path, line, problem)


def _problem(tree: Tree, known: set[str], page: str, link: str) -> str | None:
    if ELSEWHERE.match(link):
        return None
    target, _, anchor = link.partition("#")
    path = _resolve(page, target) if target else page
    if path not in known:
        return f"dead link: {link}"
    if anchor and path.endswith(".md") and anchor not in anchors(tree.read(path)):
        return f"dead link: {link} (no such heading)"
    return None


def _resolve(page: str, target: str) -> str:
    parts: list[str] = [] if target.startswith("/") else list(PurePosixPath(page).parent.parts)
    for part in PurePosixPath(target.lstrip("/")).parts:
        if part == "..":
            parts = parts[:-1] if parts else [".."]
        elif part != ".":
            parts.append(part)
    return "/".join(parts) or "."


def anchors(text: str) -> set[str]:
    """The addresses of a page's headings, as code hosts make them."""
    headings = HEADING.findall(CODE.sub(lambda code: code.group().strip("`") if "\n" not in code.group() else "", text))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
