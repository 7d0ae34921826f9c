"""A cluster to look at: each charger of a simulated building but the first becomes a site of its own, led by the first.

What the simulator wrote as one site comes in; out go the file of a master, and running slaves that speak Modbus to it.
"""

import socket
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import typer

from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.core.model.quantities import MINIMUM_CURRENT_A
from ohmstead.site.toml_text import settings_lines

LIMIT_A = 40.0
"""What they share where the building names no fuse below it."""
_SERVING = "Ohmstead is at "
_OF_ITS_PLACE = ("board", "max_current_a", "name", "reader", "panel", "wake_up", "ventilated", "earthing")
"""What of a charger its own site knows; who leads has the rest."""

_OF_THE_CLUSTER = ("max_current_a", "phases", "rotation_known", "name", "circuit", "mode")
Raw = dict[str, Any]


@contextmanager
def clustered(file: Path, bench: str) -> Iterator[Path]:
    """The file of the master; the slaves run while the block does. Raises ConfigurationError for a lone charger."""
    raw = tomllib.loads(file.read_text("utf-8"))
    chargers = list(raw.get("chargers", {}))
    if len(chargers) < 2:
        raise ConfigurationError((Mistake("--cluster", f"{len(chargers)} chargers", "a building with at least two"),))
    ports = dict(zip(chargers[1:], free_ports(len(chargers) - 1), strict=True))
    master, slaves = split(raw, ports)
    with ExitStack() as running:
        for name, settings in slaves.items():
            url = running.enter_context(_slave(file.parent / name, settings, bench))
            typer.echo(f"{settings['site']['name']} is at {url}", err=True)
        path = file.with_name("master.toml")
        path.write_text("\n".join(settings_lines(master)), "utf-8")
        yield path


def split(raw: Raw, ports: Mapping[str, int]) -> tuple[Raw, dict[str, Raw]]:
    """The settings of the master, and of each charger in ``ports``, which is found there on this machine."""
    limit_a = min(LIMIT_A, raw["site"].get("main_fuse_a", LIMIT_A))
    fallback_a = MINIMUM_CURRENT_A if len(ports) * MINIMUM_CURRENT_A <= limit_a - MINIMUM_CURRENT_A else 0.0
    metered = {
        one["vehicle_meter"] for name, one in raw["chargers"].items() if name in ports and "vehicle_meter" in one
    }
    devices = {name: one for name, one in raw.get("devices", {}).items() if name not in metered}
    chargers, slaves = dict(raw["chargers"]), {}
    for name, port in ports.items():
        whole = raw["chargers"][name]
        board = {"driver": "cluster-member", "connect": f"tcp://127.0.0.1:{port}"}
        kept = {key: whole[key] for key in _OF_THE_CLUSTER if key in whole}
        chargers[name] = {"board": board, **kept, "fallback_current_a": fallback_a}
        site = {**raw["site"], "name": whole.get("name", name)}
        own = {key: whole[key] for key in _OF_ITS_PLACE if key in whole}
        cluster = {"role": "slave", "listen": f"tcp://127.0.0.1:{port}", "master": "127.0.0.1"}
        for of_all in ("main_fuse_a", "contract_power_w", "demand_limit_w", "unbalance_limit_a"):
            site.pop(of_all, None)
        slaves[name] = {"site": site, "chargers": {name: own}, "cluster": cluster}
    leads = {"role": "master", "name": raw["site"]["name"], "limit_a": limit_a}
    return {**raw, "devices": devices, "chargers": chargers, "cluster": leads}, slaves


def free_ports(count: int) -> Sequence[int]:
    """Ports of this machine that nobody uses now."""
    with ExitStack() as held:
        bound = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [one.getsockname()[1] for one in bound]


@contextmanager
def _slave(folder: Path, settings: Raw, bench: str) -> Iterator[str]:
    """A site in a process of its own; gives its address."""
    folder.mkdir()
    file = folder / "site.toml"
    file.write_text("\n".join(settings_lines(settings)), "utf-8")
    command = [sys.executable, "-m", "ohmstead.cli", "site", "--config", str(file), "--data", str(folder)]
    command += ["--listen", "127.0.0.1:0", "--bench", bench]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as child:
        try:
            lines = iter(child.stdout.readline, "") if child.stdout else iter(())
            said = next((line for line in lines if line.startswith(_SERVING)), None)
            if said is None:
                raise typer.Exit(child.wait() or 1)
            yield said.removeprefix(_SERVING).strip()
        finally:
            child.terminate()
