"""A link that leads nowhere is caught; one that leads somewhere is let through."""

import pytest

from checks import links

TREE = {"docs/b.md": "# Heading One\n\n## `code` & more\n", "docs/pic.png": "", "LICENSE": ""}


@pytest.mark.parametrize(
    "link", ["c.md", "../docs/c.md", "b.md#no-such", "#no-such", "../../outside.md", "screens/none.png"]
)
def test_a_dead_link_is_caught(said, link):
    (finding,) = said(links.check, {**TREE, "docs/a.md": f"# A\n\nsee [this]({link})\n"})
    assert finding.startswith(f"docs/a.md:3: dead link: {link}")


@pytest.mark.parametrize(
    "link",
    [
        "b.md",
        "./b.md",
        "../docs/b.md",
        "../LICENSE",
        "b.md#heading-one",
        "#a",
        "pic.png",
        "https://example.org/x",
        "../docs",
    ],
)
def test_a_living_link_is_let_through(said, link):
    assert said(links.check, {**TREE, "docs/a.md": f"# A\n\nsee [this]({link})\n"}) == []


def test_a_dead_picture_is_caught(said):
    assert len(said(links.check, {"a.md": "![x](none.png)\n"})) == 1


def test_a_link_in_code_is_an_example(said):
    assert said(links.check, {"a.md": "`[x](none.md)`\n\n```\n[x](none.md)\n```\n"}) == []
