"""The validation by multimeter through the API: who may measure, what is asked next, what is refused, the report."""

import sys

import httpx2
import pypdfium2 as pdfium
import pytest

from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.reasons import Reason
from ohmstead.web.views.validation import ValidationReportView, ValidationView
from tests.web.conftest import PASSWORDS
from tests.web.memory_house import MemoryHouse

pytestmark = pytest.mark.anyio
PATH = "/api/v1/validation"


async def measure(client: httpx2.AsyncClient, voltage_v: float, **other: str) -> httpx2.Response:
    """Answer the question that is asked, or ``other``."""
    point = (await client.get(PATH)).json()["next"] or {"target": "grid", "phase": "L1", "against": "L1"}
    asked = {key: point[key] for key in ("target", "phase", "against")}
    return await client.post(f"{PATH}/readings", json={**asked, **other, "voltage_v": voltage_v})


@pytest.mark.req("EM-231", "EM-233", "EM-235")
async def test_an_installation_that_is_wired_right_is_validated_wire_by_wire(client: httpx2.AsyncClient) -> None:
    for _ in range(4):
        answer = await measure(client, 0.2)
        assert answer.status_code == 200
    view = ValidationView.model_validate_json(answer.content)
    assert (view.validated, view.validated_by, view.stage, view.next) == (True, "local", "done", None)
    assert [(point.target, point.phase, point.state) for point in view.points] == [
        ("grid", "L1", "correct"),
        ("grid", "L2", "correct"),
        ("grid", "L3", "correct"),
        ("oven", "L2", "correct"),
    ]


@pytest.mark.req("EM-232")
async def test_crossed_wires_are_found_swapped_and_measured_again(client: httpx2.AsyncClient) -> None:
    for voltage_v in (400, 0, 0, 0):
        answer = await measure(client, voltage_v)
    view = ValidationView.model_validate_json(answer.content)
    assert (view.stage, view.next, view.swaps) == ("swap", None, (("L1", "L2"),))
    refused = await measure(client, 0, target="oven", phase="L2", against="L2")
    assert refused.status_code == 409
    assert "Swap them" in refused.json()["error"]["text"]
    anew = ValidationView.model_validate_json((await client.post(f"{PATH}/again", json={"what": "grid"})).content)
    assert (anew.stage, anew.next and anew.next.against) == ("grid", "L1")
    assert [reading.counts for reading in anew.readings] == [False] * 4


@pytest.mark.parametrize(
    "wrong, status, said",
    [
        ({"voltage_v": 481}, 409, "Got 481.0 V; allowed: 0 V to 480.0 V"),
        ({"voltage_v": -1}, 409, "allowed: 0 V to 480.0 V"),
        ({"target": "attic"}, 409, "attic L1 is no wire of this installation"),
        ({"target": "oven", "phase": "L2"}, 409, "First find every conductor of the supply"),
        ({"voltage_v": "much"}, 422, ""),
        ({"phase": "N"}, 422, ""),
        ({"volts": 1}, 422, ""),
    ],
)
async def test_a_reading_that_cannot_be_is_refused_in_words_and_changes_nothing(
    client: httpx2.AsyncClient, house: MemoryHouse, wrong: dict[str, object], status: int, said: str
) -> None:
    body = {"target": "grid", "phase": "L1", "against": "L1", "voltage_v": 0.0, **wrong}
    answer = await client.post(f"{PATH}/readings", json=body)
    assert answer.status_code == status
    assert said in answer.json()["error"]["text"]
    assert house.validating.validation.readings == ()


@pytest.mark.req("G-008", "EM-235")
@pytest.mark.parametrize("role, status", [("viewer", 403), ("user", 403), ("installer", 200), ("owner", 200)])
async def test_only_installers_and_the_owner_measure_and_each_reading_has_its_user(
    guest: httpx2.AsyncClient, house: MemoryHouse, role: str, status: int
) -> None:
    await guest.post("/api/v1/login", json={"name": role, "password": PASSWORDS[role]})
    assert (await guest.get(PATH)).status_code == 200
    assert (await measure(guest, 0.0)).status_code == status
    assert [reading.author for reading in house.validating.validation.readings] == [role] * (status == 200)
    assert (await guest.post(f"{PATH}/again", json={"what": "everything"})).status_code == status


@pytest.mark.req("EM-235")
async def test_the_report_is_a_file_with_each_reading_its_time_and_user(client: httpx2.AsyncClient) -> None:
    await measure(client, 0.2)
    answer = await client.get(f"{PATH}/report")
    assert answer.headers["content-disposition"] == 'attachment; filename="validation-via-roma-12.json"'
    report = ValidationReportView.model_validate_json(answer.content)
    [reading] = report.validation.readings
    assert (report.site, report.grid_type, reading.author, reading.voltage_v) == (
        "Via Roma 12",
        "3x400+N",
        "local",
        0.2,
    )
    assert reading.at <= report.made_at


async def done(client: httpx2.AsyncClient) -> None:
    """Measure all that is asked for."""
    while (point := (await client.get(PATH)).json()["next"]) is not None:
        body = {name: point[name] for name in ("target", "phase", "against")}
        assert (await client.post(f"{PATH}/readings", json={**body, "voltage_v": 0.2})).status_code == 200


def read(paper: bytes) -> str:
    """The text of a PDF, as another program reads it."""
    return "\n".join(page.get_textpage().get_text_bounded() for page in pdfium.PdfDocument(paper))


@pytest.mark.req("EM-235")
async def test_the_report_of_a_validation_is_kept_when_another_one_begins(
    client: httpx2.AsyncClient, house: MemoryHouse
) -> None:
    assert (await client.get(f"{PATH}/reports")).json() == []
    await done(client)
    (kept,) = (await client.get(f"{PATH}/reports")).json()
    assert (kept["author"], kept["current"]) == ("local", True)
    before = ValidationReportView.model_validate_json((await client.get(f"{PATH}/reports/{kept['id']}")).content)
    await client.post(f"{PATH}/again", json={"what": "everything"})
    answer = await client.get(f"{PATH}/reports/{kept['id']}")
    assert ValidationReportView.model_validate_json(answer.content) == before
    assert before.validation.validated
    assert answer.headers["content-disposition"].endswith(f'validation-via-roma-12-{kept["id"]}.json"')
    assert [each["current"] for each in (await client.get(f"{PATH}/reports")).json()] == [False]
    assert (await client.get(f"{PATH}/reports/yesterday")).status_code == 404


@pytest.mark.req("EM-235")
@pytest.mark.parametrize(
    ("language", "title", "head"),
    [("en", "Validation of the installation", "Reading"), ("it", "Validazione dell'installazione", "Ora")],
)
async def test_the_report_goes_on_paper_with_each_reading_its_time_and_user(
    client: httpx2.AsyncClient, language: str, title: str, head: str
) -> None:
    await measure(client, 0.4)
    answer = await client.get(f"{PATH}/report.pdf", params={"language": language})
    assert answer.headers["content-type"] == "application/pdf"
    text = read(answer.content)
    for words in (title, head, "Via Roma 12 · 3x400+N", "Grid L1", "0.4 V" if language == "en" else "0,4 V", "local"):
        assert words in text
    await done(client)
    (kept,) = (await client.get(f"{PATH}/reports")).json()
    filed = read((await client.get(f"{PATH}/reports/{kept['id']}/pdf", params={"language": language})).content)
    assert ("Validated on" if language == "en" else "Validato il") in filed
    assert (await client.get(f"{PATH}/reports/none/pdf")).status_code == 404
    assert (await client.get(f"{PATH}/report.pdf", params={"language": "la"})).status_code == 422


async def test_a_site_without_the_extra_says_what_to_install(
    client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "reportlab.platypus", None)
    answer = await client.get(f"{PATH}/report.pdf")
    assert answer.status_code == 409
    assert "ohmstead[pdf]" in answer.json()["error"]["text"]


async def test_a_reading_that_cannot_be_kept_does_not_count(client: httpx2.AsyncClient, house: MemoryHouse) -> None:
    house.failing = CommandRefused(Reason("command.starting"))
    assert (await measure(client, 0.0)).status_code == 409
    assert house.validating.validation.readings == ()
