import pytest

from ohmstead.core.model.errors import ConfigurationError
from ohmstead.transport.address import TcpAddress, parse


@pytest.mark.parametrize(
    "text, address",
    [
        ("tcp://192.168.1.20:502", TcpAddress("192.168.1.20", 502)),
        ("tcp://Meter.local:1502/", TcpAddress("meter.local", 1502)),
        ("tcp://[fe80::1]:502", TcpAddress("fe80::1", 502)),
    ],
)
def test_a_tcp_address_is_a_host_and_a_port(text, address):
    assert parse(text) == address
    assert parse(str(address)) == address


@pytest.mark.parametrize(
    "text, hint",
    [
        ("serial:///dev/ttyUSB0?baud=19200", "not supported yet; put a Modbus TCP gateway in front"),
        ("plant:", "has no wire"),
        ("tcp://meter", "the port from 1 to 65535"),
        ("tcp://meter:0", "the port from 1 to 65535"),
        ("tcp://meter:70000", "the port from 1 to 65535"),
        ("tcp://meter:502/path", "Such as tcp://"),
        ("http://meter:502", "Such as tcp://"),
        ("", "Such as tcp://"),
    ],
)
def test_any_other_address_is_refused_with_what_is_allowed(text, hint):
    with pytest.raises(ConfigurationError, match=hint) as caught:
        parse(text, "devices.grid.connect")
    (mistake,) = caught.value.mistakes
    assert (mistake.where, mistake.allowed) == ("devices.grid.connect", "tcp://HOST:PORT")
