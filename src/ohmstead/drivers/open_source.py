"""From settings to devices that speak JSON over MQTT or HTTP, and to recordings that play as devices.

One row per way to speak; nothing is asked of a device here.
"""

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ohmstead.core.model.errors import ConfigurationError, Mistake
from ohmstead.core.model.settings import DeviceSettings
from ohmstead.core.model.sources import without_secrets
from ohmstead.drivers import recording
from ohmstead.drivers.clock import Clock
from ohmstead.drivers.json_source import Channels, channels_of, is_topic
from ohmstead.drivers.modbus_meter import Wiring
from ohmstead.drivers.mqtt_meter import MqttMeter, Published
from ohmstead.drivers.ports import Meter
from ohmstead.drivers.secrets import credentials
from ohmstead.drivers.web_meter import Conversation, DocumentTalk, ShellyTalk, TasmotaTalk, WebMeter
from ohmstead.protocols import shelly, tasmota
from ohmstead.protocols.meters.codec import MeterValues
from ohmstead.transport.mqtt_client import Brokers
from ohmstead.transport.web_address import WebAddress, parse_broker, parse_web

_BY_MQTT = ("mqtt://", "mqtts://")
_TASMOTA_WILL, _SHELLY_WILL = "Offline", "false"


def open_source(wiring: Wiring, settings: DeviceSettings, brokers: Brokers, clock: Clock) -> Meter:
    """The device with the driver mqtt, http, shelly or tasmota. Raises ConfigurationError."""
    where = f"devices.{wiring.name}"
    channels = channels_of(wiring.name, settings) if settings.driver in ("mqtt", "http") else None
    if channels is not None:
        wiring = Wiring(wiring.name, wiring.unit, wiring.role, channels.phases)
    known = credentials(settings, where)
    if settings.driver == "mqtt" or (settings.driver != "http" and settings.connect.startswith(_BY_MQTT)):
        published = _published(wiring.name, settings, channels)
        broker = parse_broker(settings.connect, known, f"{where}.connect")
        return MqttMeter(wiring, published, broker, brokers, clock, settings.period_s)
    if settings.topic is not None:
        allowed = "no topic with an http address"
        raise ConfigurationError((Mistake(f"{where}.topic", repr(settings.topic), allowed),))
    address = parse_web(settings.connect, known, f"{where}.connect")
    return WebMeter(wiring, _talk(wiring.name, settings, channels, address), clock, settings.period_s)


def _talk(name: str, settings: DeviceSettings, channels: Channels | None, address: WebAddress) -> Conversation:
    if channels is not None:
        return DocumentTalk(address, channels.read, name)
    if settings.driver == "shelly":
        return ShellyTalk(address, settings.component, name)
    return TasmotaTalk(address, name)


def _published(name: str, settings: DeviceSettings, channels: Channels | None) -> Published:
    if channels is not None:
        will = settings.offline
        if will is not None and not is_topic(will.topic):
            where = f"devices.{name}.offline.topic"
            raise ConfigurationError((Mistake(where, repr(will.topic), "one topic, without + and #"),))
        return Published(
            channels.topics, channels.live, channels.read, None if will is None else (will.topic, will.payload)
        )
    topic = settings.topic
    if topic is None:
        hint = "The device shows it in its MQTT settings."
        raise ConfigurationError((Mistake(f"devices.{name}.topic", "nothing", "the device's topic", hint),))
    return (_of_shelly if settings.driver == "shelly" else _of_tasmota)(name, topic, settings)


def _of_shelly(name: str, topic: str, settings: DeviceSettings) -> Published:
    if settings.component is None:
        allowed = "such as em:0, em1:0, pm1:0 or switch:0"
        raise ConfigurationError((Mistake(f"devices.{name}.component", "nothing", allowed),))
    component, counters = settings.component, shelly.data_name(settings.component)
    status = f"{topic}/status/{component}"
    data = None if counters is None else f"{topic}/status/{counters}"

    def read(documents: Any) -> MeterValues:
        return shelly.read(component, documents.get(status), documents.get(data), name)

    topics = (status,) if data is None else (status, data)
    return Published(topics, frozenset({status}), read, (f"{topic}/online", _SHELLY_WILL))


def _of_tasmota(name: str, topic: str, settings: DeviceSettings) -> Published:
    base = topic.replace("%prefix%", "tele") if "%prefix%" in topic else f"tele/{topic}"
    sensor = f"{base.rstrip('/')}/SENSOR"

    def read(documents: Any) -> MeterValues:
        return tasmota.read(documents.get(sensor), name)

    return Published((sensor,), frozenset({sensor}), read, (f"{base.rstrip('/')}/LWT", _TASMOTA_WILL))


def open_recording(name: str, settings: DeviceSettings, clock: Clock) -> Meter:
    """A channel of a recording that plays from now on. Raises ConfigurationError."""
    where = f"devices.{name}"
    parts = urlsplit(settings.connect)
    if parts.scheme != "file" or parts.netloc or not parts.path.strip("/"):
        hint = "Such as file:///var/lib/house/recording.toml, with three slashes."
        raise ConfigurationError(
            (Mistake(f"{where}.connect", repr(without_secrets(settings.connect)), "file:///PATH", hint),)
        )
    try:
        recorded = recording.load(Path(unquote(parts.path)))
    except ConfigurationError as error:
        named = (replace(mistake, where=f"{where}.connect: {mistake.where}") for mistake in error.mistakes)
        raise ConfigurationError(tuple(named)) from error
    channel = settings.channel or name
    if channel not in recorded.channels:
        raise ConfigurationError((Mistake(f"{where}.channel", repr(channel), ", ".join(recorded.channels)),))
    return recording.PlayedMeter(name, channel, recorded, settings.speed or 1.0, clock)
