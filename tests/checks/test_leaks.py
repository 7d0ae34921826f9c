"""A path of one machine or a registry's host in any file is caught; the words are put together here, not written."""

import pytest

from checks import leaks

LEAKING = [
    ("/wo" + "rk/main", "a path of one machine"),
    ("/fa" + "rm/x", "a path of one machine"),
    ("/ro" + "ot/.cache", "a path of one machine"),
    ("https://py" + "pi.org/simple", "a host of a package registry"),
    ("https://files.python" + "hosted.org/x.whl", "a host of a package registry"),
    ("https://registry.np" + "mjs.org/vite", "a host of a package registry"),
    ("https://deb.de" + "bian.org", "a host of a package registry"),
    ("https://proxy.go" + "lang.org", "a host of a package registry"),
    ("https://cra" + "tes.io", "a host of a package registry"),
]


@pytest.mark.parametrize("text, words", LEAKING)
def test_a_leak_is_caught_with_its_line(said, text, words):
    (finding,) = said(leaks.check, {"docs/a.md": f"fine\nsee {text}/page\n"})
    assert finding.startswith("docs/a.md:2: ")
    assert finding.endswith(words)


def test_paths_and_addresses_of_everyone_are_let_through(said):
    text = "homework/ /api/v1/work/ src/root/ /etc/ohmstead/site.toml /dev/ttyUSB0 https://example.org\n"
    assert said(leaks.check, {"a.md": text}) == []
