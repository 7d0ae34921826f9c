"""Secrets may stand in the environment or in a file; what is wrong with them is told without them."""

import pytest

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.core.model.sources import SourceSettings, without_secrets
from ohmstead.drivers.secrets import credentials, resolved


def test_a_secret_is_itself_or_stands_in_the_environment_or_a_file(tmp_path, monkeypatch):
    monkeypatch.setenv("HOUSE_PASSWORD", "from env")
    (tmp_path / "token").write_text("from file\n", "utf-8")
    known = credentials(
        SourceSettings(password="env:HOUSE_PASSWORD", token=f"file:{tmp_path}/token", headers={"X-Key": "plain"}), "d"
    )
    assert (known.password, known.token, known.headers) == ("from env", "from file", (("X-Key", "plain"),))


@pytest.mark.parametrize(
    "content, came", [(None, "No such file"), (b"\n", "is empty"), (b"\xff", "not UTF-8"), (b"x" * 5000, "more than")]
)
def test_a_file_without_a_secret_is_named(tmp_path, content, came):
    path = tmp_path / "secret"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=came) as caught:
        resolved(f"file:{path}", "devices.oven.password")
    assert str(caught.value).startswith(f"devices.oven.password: got file:{path}")


def test_every_secret_that_cannot_be_had_is_told_at_once(monkeypatch):
    monkeypatch.delenv("NOT_SET", raising=False)
    with pytest.raises(ConfigurationError) as caught:
        credentials(SourceSettings(password="env:NOT_SET", token="env:NOT_SET", ca="/nowhere.pem"), "devices.oven")
    assert [m.where for m in caught.value.mistakes] == [
        "devices.oven.password",
        "devices.oven.token",
        "devices.oven.ca",
    ]


@pytest.mark.parametrize(
    "connect, told",
    [
        ("serial:///dev/ttyUSB0?baud=9600&parity=even", "serial:///dev/ttyUSB0?baud=9600&parity=even"),
        ("http://user:pass@h/x?token=abc&baud=9600#y", "http://h/x?token=…&baud=9600#y"),
        ("http://h/?baud=a-long-secret&stop=1", "http://h/?baud=…&stop=1"),
    ],
)
def test_an_address_is_told_without_secrets_but_with_how_its_line_speaks(connect, told):
    assert without_secrets(connect) == told
