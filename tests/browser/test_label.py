"""The label of a charger: on the screen, and on paper, where an independent reader scans both codes."""

import pypdfium2
import pytest
import zxingcpp
from playwright.sync_api import expect

CODE = "ohmstead:charger?serial=SIM-garage&model=Ohmstead+simulated+board&secret=" + "5A" * 16


@pytest.mark.req("EV-006")
def test_both_labels_are_printed_on_one_sheet_and_can_be_scanned(building, site, open_page):
    page = open_page()
    page.goto(f"{site.url}/chargers/garage/settings")
    page.get_by_role("link", name="Show and print the label").click()
    expect(page.get_by_role("heading", name="Label of Garage")).to_be_visible()
    expect(page.get_by_role("heading", level=2)).to_have_text(
        ["For the quick guide", "For the inside of the front panel"]
    )
    expect(page.get_by_text("5A5A 5A5A")).to_have_count(2)
    sheet = pypdfium2.PdfDocument(page.pdf(format="A4"))
    assert len(sheet) == 1
    found = zxingcpp.read_barcodes(sheet[0].render(scale=3).to_numpy())
    assert [one.text for one in found] == [CODE, CODE]
    words = sheet[0].get_textpage().get_text_range()
    assert "SIM-garage" in words
    assert "Print both" not in words
