"""The label of a charger through the API: what it says, that its QR code can be read, and who may see it."""

import re

import httpx2
import numpy as np
import pytest
import zxingcpp

from tests.web.conftest import PASSWORDS

pytestmark = pytest.mark.anyio
PATH = "/api/v1/chargers/garage/label"
SECRET = "5A" * 16


def read(modules: int, path: str) -> str:
    """What an independent reader sees in the outline, each module drawn as 4 × 4 points."""
    picture = np.full((modules, modules), 255, np.uint8)
    for x, y in re.findall(r"M(\d+) (\d+)h1v1h-1z", path):
        picture[int(y), int(x)] = 0
    [found] = zxingcpp.read_barcodes(picture.repeat(4, axis=0).repeat(4, axis=1))
    return found.text


@pytest.mark.req("EV-006", "G-084")
async def test_the_code_on_the_label_says_serial_model_and_secret(client: httpx2.AsyncClient) -> None:
    answer = await client.get(PATH)
    seen = answer.json()
    assert (seen["serial"], seen["model"], seen["name"]) == ("SIM-garage", "Ohmstead simulated board", "Garage")
    assert seen["secret"] == " ".join(["5A5A"] * 8)
    said = read(seen["modules"], seen["path"])
    assert said == seen["code"]
    assert dict(httpx2.URL(said).params) == {
        "serial": "SIM-garage",
        "model": "Ohmstead simulated board",
        "secret": SECRET,
    }
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("user", 403), ("installer", 200), ("owner", 200)])
async def test_only_installers_see_the_secret(guest: httpx2.AsyncClient, role: str, status: int) -> None:
    await guest.post("/api/v1/login", json={"name": role, "password": PASSWORDS[role]})
    answer = await guest.get(PATH)
    assert answer.status_code == status
    assert (SECRET in answer.text.replace(" ", "")) is (status == 200)


async def test_a_charger_that_is_not_there_has_none(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/api/v1/chargers/barn/label")).status_code == 404
