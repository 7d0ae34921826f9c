"""What came over a Modbus line, understood: a frame's bytes in, the PDU or the error a person can act on out."""

from pymodbus.pdu import DecodePDU, ExceptionResponse, ModbusPDU

from ohmstead.core.model.errors import DeviceError, DeviceGarbled, DeviceRefused, DeviceUnreachable
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.transport.modbus_link import LinkError

KNOWN_EXCEPTIONS: frozenset[int] = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 10, 11})
"""Exception codes of the Modbus specification, 7 of its older editions; each has its text ``modbus.exception.N``."""

_DECODER = DecodePDU(False)


def understood(raw: bytes, where: str) -> ModbusPDU:
    """The PDU in ``raw``, which came from ``where``.

    Raises DeviceRefused for an exception answer, DeviceGarbled for what is no PDU or has another length than it says.
    """
    pdu = _DECODER.decode(raw)
    if raw[0] in (3, 4) and len(raw) != 2 + raw[1]:
        params: dict[str, Param] = {"where": where, "came": len(raw) - 2, "expected": raw[1]}
        raise DeviceGarbled(Reason("modbus.other_length", params))
    if pdu is None:
        raise DeviceGarbled(Reason("modbus.no_frame", {"where": where, "came": raw[:16].hex(" ")}))
    if isinstance(pdu, ExceptionResponse):
        code = pdu.exception_code
        key = f"modbus.exception.{code}" if code in KNOWN_EXCEPTIONS else "modbus.exception.other"
        raise DeviceRefused(Reason(key, {"where": where, "code": code}))
    return pdu


def device_error(error: LinkError, where: str) -> DeviceError:
    """``error`` of the connection as that of the device at ``where``."""
    reason = Reason(error.key, {"where": where, **error.params})
    return DeviceGarbled(reason) if error.garbled else DeviceUnreachable(reason)
