"""Devices that say on a web page who they are, in their makers' own example answers; and pages that say nothing."""

import json

import pytest

from ohmstead.protocols.web_identity import SHELLY_FIRST, SHELLY_RPC, TASMOTA, identity

PLUS = {"id": "shellypro3em-a0", "mac": "A0B765", "model": "SPEM-003CEBEU", "gen": 2, "app": "Pro3EM", "auth_en": False}
FIRST = {"type": "SHEM-3", "mac": "84CCA8", "auth": True, "fw": "20230913"}
STATUS = {"Status": {"Topic": "plug", "DeviceName": "Oven\x1b[31m"}, "StatusNET": {"Mac": "DC:4F:22"}}


def said(path: str, document: object):
    return identity(path, json.dumps(document).encode())


def test_a_shelly_of_any_generation_is_known_by_its_model_and_mac():
    new, old = said(SHELLY_RPC, PLUS), said(SHELLY_FIRST, FIRST)
    assert (new.maker, new.model, new.serial, new.locked, new.old) == (
        "shelly",
        "Shelly Pro3EM",
        "A0B765",
        False,
        False,
    )
    assert (old.model, old.locked, old.old) == ("Shelly SHEM-3", True, True)
    assert not said(SHELLY_FIRST, PLUS).old


def test_a_tasmota_is_known_by_its_status_and_by_its_asking_for_a_password():
    open_one = said(TASMOTA, STATUS)
    assert (open_one.maker, open_one.model, open_one.serial) == ("tasmota", "Tasmota Oven?[31m", "DC:4F:22")
    assert said(TASMOTA, {"WARNING": "Need user=<username>&password=<password>"}).locked


@pytest.mark.parametrize("path", [SHELLY_RPC, SHELLY_FIRST, TASMOTA])
@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[" * 100_000, b"[]", b"3", b'{"model": 3, "type": [], "mac": "x"}', b'{"Status": {}}']
)
def test_other_pages_are_nobody(path, body):
    assert identity(path, body) is None
