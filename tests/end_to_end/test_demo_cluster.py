"""The demo as a cluster: real sites of one building, the first of which leads the others over Modbus TCP."""

import asyncio

import httpx2
import pytest

from ohmstead.cli.clustered_demo import split
from tests.end_to_end.house import Process

CHARGERS = {
    "garage": {"board": {"connect": "tcp://127.0.0.1:1"}, "max_current_a": 16, "mode": "green"},
    "yard": {"board": {"connect": "tcp://127.0.0.1:2"}, "max_current_a": 32, "phases": ["L2", "L3", "L1"]},
}


def test_each_charger_but_the_first_gets_a_site_of_its_own_without_what_the_master_governs() -> None:
    site = {"name": "House", "timezone": "Europe/Rome", "main_fuse_a": 25}
    master, slaves = split({"site": site, "chargers": CHARGERS}, {"yard": 1502})
    assert master["cluster"] == {"role": "master", "name": "House", "limit_a": 25}
    assert master["chargers"]["garage"] == CHARGERS["garage"]
    yard = master["chargers"]["yard"]
    assert (yard["board"]["connect"], yard["phases"]) == ("tcp://127.0.0.1:1502", ["L2", "L3", "L1"])
    assert yard["fallback_current_a"] == 6.0
    assert slaves["yard"]["site"] == {"name": "yard", "timezone": "Europe/Rome"}
    assert slaves["yard"]["chargers"] == {"yard": {"board": CHARGERS["yard"]["board"], "max_current_a": 32}}
    assert slaves["yard"]["cluster"]["role"] == "slave"


@pytest.mark.anyio
@pytest.mark.req("EV-134", "EV-136", "EV-308")
async def test_the_demo_shows_a_master_that_hears_its_slave() -> None:
    demo = await Process.start("demo", "--cluster", "--port", "0", "--seed", "1")
    try:
        yard = (await demo.saying(r"Yard is at (http\S+)"))[1]
        hall = (await demo.saying(r"(?m)^Ohmstead is at (http\S+)"))[1]
        async with httpx2.AsyncClient() as client, asyncio.timeout(40):
            while True:
                seen = (await client.get(f"{hall}/api/v1/cluster")).json()
                led = (await client.get(f"{yard}/api/v1/cluster")).json()
                if seen["members"][1]["silent"] is False and led["standing"] == "led":
                    break
                await asyncio.sleep(0.3)
        assert (seen["role"], seen["limit_a"], len(seen["members"])) == ("master", 25.0, 2)
        assert (led["role"], led["charger"], led["fallback_current_a"]) == ("slave", "yard", 6.0)
        assert "set_mode" in led["governed"]
    finally:
        await demo.stop()
