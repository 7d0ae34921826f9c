"""An installer sets grid limit and grid meter of the real daemon through the API, and what was set stays."""

from pathlib import Path

import httpx2
import pytest

from tests.end_to_end.house import SETTINGS, Site, at_work, lived, run, standing


async def ask(site: Site, action: str, value: object) -> httpx2.Response:
    return await site.client.post("/api/v1/site/commands", json={"action": action, "value": value})


@pytest.mark.anyio
@pytest.mark.req("EV-178", "EV-176")
async def test_a_grid_limit_holds_at_once_and_after_a_restart_and_is_exported(tmp_path: Path) -> None:
    async with standing(SETTINGS) as building:
        async with lived(building, tmp_path) as site:
            await site.charging()
            assert (await ask(site, "set_grid_limit", 8000)).status_code == 200
            seen = await site.until(
                lambda seen: seen["chargers"]["garage"]["grant"]["limited_by"] == "contract_power", patience_s=3.0
            )
            assert seen["chargers"]["garage"]["grant"]["current_a"] < 12
            await site.happens(lambda: building.sync().measure("grid").power_w <= 8000)
            refused = await ask(site, "set_grid_limit", 8)
            assert refused.status_code == 409
            assert "8 W; allowed: 500 W to" in refused.json()["error"]["text"]
            assert (await site.get("site"))["contract_power_w"] == 8000
            (event,) = [one for one in (await site.get("events"))["events"] if one["kind"] == "site.settings"]
            assert (event["author"], event["target"], event["data"]["value"]) == ("local", "site", 8000)
        async with lived(building, tmp_path) as site:
            assert (await site.get("site"))["contract_power_w"] == 8000
            assert site.file.read_text("utf-8").count("contract_power_w = 15000") == 1
        status, told = await run("export", "--data", str(site.data))
        assert status == 0
        assert "contract_power_w = 8000" in told
        site.file.write_text(site.file.read_text("utf-8").replace("= 15000", "= 14000"), "utf-8")
        async with lived(building, tmp_path) as site:
            assert (await site.get("site"))["contract_power_w"] == 14000


@pytest.mark.anyio
@pytest.mark.req("EV-178")
async def test_a_model_that_does_not_fit_changes_nothing_and_the_right_one_is_taken_over_and_stays(
    tmp_path: Path,
) -> None:
    async with at_work(SETTINGS, tmp_path) as site:
        await site.charging()
        models = [one["id"] for one in (await site.get("meters"))["models"]]
        assert "eastron-sdm630" in models
        for model in ("abb-b23", "eastron-sdm120"):
            answer = await ask(site, "set_grid_meter", model)
            assert answer.status_code == 409, answer.text
            assert (await site.get("site"))["devices"][0]["model"] == "eastron-sdm630"
        assert (await ask(site, "set_grid_meter", "eastron-sdm630")).status_code == 200
        assert (await ask(site, "set_grid_meter", "none-such")).status_code == 409
        seen = await site.snapshot()
        assert seen["channels"]["grid"]["quality"] == "good"
        assert site.car_a() > 15


@pytest.mark.anyio
@pytest.mark.req("EV-178")
async def test_a_site_that_was_set_up_with_the_wrong_model_is_mended_without_a_restart(tmp_path: Path) -> None:
    async with standing(SETTINGS) as building:
        async with lived(building, tmp_path) as site:
            right = site.file.read_text("utf-8")
        site.file.write_text(right.replace("eastron-sdm630", "abb-b23"), "utf-8")
        async with lived(building, tmp_path) as site:
            await site.until(lambda seen: "grid" in seen["channels"])
            assert (await site.snapshot())["channels"]["grid"]["quality"] != "good"
            assert (await ask(site, "set_grid_meter", "eastron-sdm630")).status_code == 200
            await site.charging()
        async with lived(building, tmp_path) as site:
            assert (await site.get("site"))["devices"][0]["model"] == "eastron-sdm630"
            await site.until(lambda seen: seen["channels"]["grid"]["quality"] == "good")
