"""Meters of a building that speak JSON: a Shelly, a Tasmota, and one of somebody's own making, by HTTP or MQTT.

A document is made at the moment it is asked for or published, so a change of the world is in it at once.
"""

import asyncio
import contextlib
import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ohmstead.core.model.readings import PhaseReading
from ohmstead.protocols import shelly, tasmota
from ohmstead.protocols.meters.codec import MeterValues
from ohmstead.simulator.devices import Now, Simulated, counters, meter_values
from ohmstead.simulator.settings import Clamp, Place, SourceSpec, Trouble
from ohmstead.transport.mqtt_client import MqttConnection
from ohmstead.transport.web_address import BrokerAddress
from ohmstead.transport.web_server import WebFault, WebServer

SLOW_S = 2.0
_HUGE = 1e12
_TROUBLES = frozenset(
    {
        Trouble.SILENT,
        Trouble.SLOW,
        Trouble.REFUSED,
        Trouble.GARBAGE,
        Trouble.SHORT,
        Trouble.FROZEN,
        Trouble.NAN,
        Trouble.OVERFLOW,
    }
)

CHANNELS: tuple[tuple[str, str, str], ...] = (
    ("power_w", "power_kw", "kW"),
    ("frequency_hz", "frequency", "Hz"),
    ("energy_import_j", "energy.in_kwh", "kWh"),
    ("energy_export_j", "energy.out_kwh", "kWh"),
    ("voltage_v", "phases[{n}].voltage", "V"),
    ("current_a", "phases[{n}].current_ma", "mA"),
    ("power_w", "phases[{n}].power_kw", "kW"),
)
"""Where the values of the self-made meter stand, and their units; ``n`` counts its terminals."""


def topic_of(spec: SourceSpec) -> str:
    """Where the self-made meter publishes."""
    return f"building/{spec.key}"


class SourceDevice(Simulated):
    """One such meter."""

    def __init__(self, spec: SourceSpec, now: Now) -> None:
        """Nothing listens yet."""
        super().__init__(spec.key, now)
        self._spec = spec
        self._clamps = tuple(Clamp(phase, phase) for phase in spec.phases)
        self._offsets = (0, 0)
        self._lit = True
        self._frozen: dict[str, Any] | None = None
        self._server: WebServer | None = None
        self._link: MqttConnection | None = None
        self._publishing: asyncio.Task[None] | None = None
        self._host = ""

    @property
    def place(self) -> Place | None:
        """Where it answers, or the broker where it publishes; ``None`` before its start."""
        if self._spec.broker is not None:
            return Place(*self._spec.broker, 1, "mqtt") if self._link else None
        return Place(self._host, self._server.port, 1, "http") if self._server else None

    @property
    def troubles(self) -> frozenset[Trouble]:
        """What it can suffer."""
        return _TROUBLES

    async def start(self, host: str, port: int | None = None) -> None:
        """Answer or publish from now on, on its own port where none is given. Raises OSError for a taken port."""
        self._host = host
        port = self._spec.port if port is None else port
        if self._spec.broker is not None:
            self._link = MqttConnection(BrokerAddress(*self._spec.broker))
            self._link.connect()
            self._publishing = asyncio.get_running_loop().create_task(self._publish())
            return
        digest = self._spec.password if self._spec.speaks == "shelly" else ""
        self._server = WebServer(self._answer, host, port, f"sim-{self.key}", digest)
        await self._server.start()

    async def stop(self) -> None:
        """Answer and publish no more."""
        publishing, self._publishing = self._publishing, None
        if publishing is not None:
            publishing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await publishing
        if self._link is not None:
            self._tell_presence(False)
            await self._link.close()
        if self._server is not None:
            await self._server.stop()
        self._link = self._server = None

    async def suffer(self, trouble: Trouble | None) -> None:
        """Have a trouble, or none. Raises ValueError for one it cannot have; OSError if its port is taken now."""
        if trouble is not None and trouble not in _TROUBLES:
            raise ValueError(f"{trouble.value} is no trouble of {self.key}; it can have {', '.join(sorted(_TROUBLES))}")
        before, self.trouble = self.trouble, trouble
        self._frozen = self._documents() if trouble is Trouble.FROZEN else None
        if self._server is not None:
            if trouble is Trouble.REFUSED:
                await self._server.stop()
            elif before is Trouble.REFUSED:
                await self._server.start()
        self._set_fault()

    def power(self, lit: bool) -> None:
        """Its supply comes or goes; without it nothing is said."""
        self._lit = lit
        self._set_fault()

    def reset_counter(self) -> None:
        """Its energy counters start again at zero."""
        self._offsets = counters(self._now().measure(self._spec.point), self._spec)

    def _set_fault(self) -> None:
        if self._server is None:
            return
        silent = not self._lit or self.trouble is Trouble.SILENT
        delay_s = SLOW_S if self.trouble is Trouble.SLOW else 0.0
        self._server.fault = WebFault(silent, delay_s, self._mangled)

    def _mangled(self, document: bytes) -> bytes:
        if self.trouble is Trouble.GARBAGE:
            return bytes((0xA5 ^ (index * 37)) & 0xFF for index in range(len(document)))
        return document[: len(document) // 2] if self.trouble is Trouble.SHORT else document

    def _answer(self, path: str, query: Mapping[str, str]) -> bytes | None:
        documents = self._frozen or self._documents()
        if self._spec.speaks == "tasmota":
            if self._spec.password and query.get("password") != self._spec.password:
                return _written({"WARNING": "Need user=<username>&password=<password>"})
            if path == "/cm" and query.get("cmnd") == "Status 0":
                return _written({**self._plate(), "StatusSNS": documents["SENSOR"]})
            asks = path == "/cm" and query.get("cmnd") in ("Status 8", "Status 10")
            return _written({"StatusSNS": documents["SENSOR"]}) if asks else None
        if self._spec.speaks == "json":
            return _written(documents["document"])
        if path == "/rpc/Shelly.GetDeviceInfo":
            return _written(self._plate())
        if path == "/rpc/Shelly.GetStatus":
            return _written({"sys": {}, **documents})
        kind, _, method = path.removeprefix("/rpc/").partition(".")
        found = documents.get(f"{kind.lower()}:{query.get('id', '')}") if method == "GetStatus" else None
        return None if found is None else _written(found)

    def _plate(self) -> dict[str, Any]:
        """What the device says of itself to whoever looks for it."""
        mac = hashlib.sha256(self.key.encode()).hexdigest()[:12].upper()
        if self._spec.speaks == "tasmota":
            return {"Status": {"DeviceName": self.key, "Topic": self.key}, "StatusNET": {"Mac": mac}}
        app = "Pro3EM" if len(self._spec.phases) == 3 else "PMMini"
        known = {"id": f"sim-{self.key}", "mac": mac, "model": "simulated", "gen": 2, "app": app}
        return {**known, "auth_en": bool(self._spec.password)}

    async def _publish(self) -> None:
        loop = asyncio.get_running_loop()
        there = False
        while True:
            due_s = loop.time() + self._spec.publish_s
            if self._lit and self.trouble not in (Trouble.SILENT, Trouble.REFUSED):
                if self.trouble is Trouble.SLOW:
                    await asyncio.sleep(SLOW_S)
                there = there or self._tell_presence(True)
                for topic, document in self._topics().items():
                    self._send(topic, self._mangled(_written(document)))
            elif there and self.trouble is Trouble.REFUSED:
                there = not self._tell_presence(False)
            await asyncio.sleep(max(0.0, due_s - loop.time()))

    def _topics(self) -> dict[str, Any]:
        documents = self._frozen or self._documents()
        if self._spec.speaks == "json":
            return {topic_of(self._spec): documents["document"]}
        if self._spec.speaks == "tasmota":
            return {f"tele/{self.key}/SENSOR": documents["SENSOR"]}
        return {f"{self.key}/status/{name}": document for name, document in reversed(documents.items())}

    def _tell_presence(self, there: bool) -> bool:
        """What its last will would say, kept by the broker."""
        topics = {"shelly": f"{self.key}/online", "tasmota": f"tele/{self.key}/LWT"}
        words = {"shelly": (b"false", b"true"), "tasmota": (b"Offline", b"Online")}
        if self._spec.speaks not in topics:
            return True
        return self._send(topics[self._spec.speaks], words[self._spec.speaks][there], retain=True)

    def _send(self, topic: str, payload: bytes, retain: bool = False) -> bool:
        return self._link is not None and self._link.publish(topic, payload, retain)

    def _documents(self) -> dict[str, Any]:
        world, spec = self._now(), self._spec
        seen = world.measure(spec.point)
        imported, exported = counters(seen, spec)
        values = meter_values(seen, self._clamps, imported - self._offsets[0], exported - self._offsets[1])
        if self.trouble is Trouble.NAN:
            values = MeterValues(terminals=(PhaseReading(),) * len(values.terminals))
        if self.trouble is Trouble.OVERFLOW:
            rows = tuple(replace(row, power_w=_HUGE, voltage_v=_HUGE) for row in values.terminals)
            values = replace(values, power_w=_HUGE, terminals=rows)
        if spec.speaks == "shelly":
            return shelly.shown(spec.component, values)
        if spec.speaks == "tasmota":
            return {"SENSOR": tasmota.shown(values, world.instant.utc.strftime("%Y-%m-%dT%H:%M:%S"))}
        return {"document": _self_made(values)}


def _self_made(values: MeterValues) -> dict[str, Any]:
    rows = [
        {"voltage": _in(row.voltage_v, 1), "current_ma": _in(row.current_a, 0.001), "power_kw": _in(row.power_w, 1000)}
        for row in values.terminals
    ]
    energy = {"in_kwh": _in(values.energy_import_j, 3.6e6), "out_kwh": _in(values.energy_export_j, 3.6e6)}
    power, frequency = _in(values.power_w, 1000), _in(values.frequency_hz, 1)
    return {"power_kw": power, "frequency": frequency, "energy": energy, "phases": rows}


def _in(value: float | None, unit: float) -> float:
    """A careless maker writes NaN for what it does not know."""
    return math.nan if value is None else round(value / unit, 6)


def _written(document: Any) -> bytes:
    return json.dumps(document).encode("utf-8")
