"""Writes waveforms as COMTRADE files, field by field as IEC 60255-24 lists them."""

import struct
from collections.abc import Sequence

import numpy as np

FORMS = {"ASCII": None, "BINARY": "h", "BINARY32": "i", "FLOAT32": "f"}
CHANNELS = (("VA", "A", "kV", "P"), ("VB", "B", "kV", "P"), ("IA", "A", "A", "S"), ("temp", "", "degC", "P"))


def comtrade(
    values: Sequence[Sequence[float]] | np.ndarray, form: str, *, rate: float = 8000.0, year: int = 2013
) -> tuple[str, bytes]:
    """``cfg`` and ``dat`` of ``values`` (n, 4): volts, volts, primary amperes behind 100:5, and a temperature."""
    step = {"ASCII": 0.001, "BINARY": 0.02, "BINARY32": 0.001, "FLOAT32": 1.0}[form]
    sizes = (1000.0, 1000.0, 20.0, 1.0)
    lines = [f"Substation,device 7,{year}", "6,4A,2D"]
    for n, (name, phase, unit, ps) in enumerate(CHANNELS, start=1):
        a, b = step / sizes[n - 1], 0.0
        first, second = ("100", "5") if ps == "S" else ("1", "1")
        lines.append(f"{n},{name},{phase},feeder,{unit},{a!r},{b!r},0,-99999,99998,{first},{second},{ps}")
    lines += ["1,trip,,,0", "2,close,,,0", "50", "1", f"{rate:g},{len(values)}"]
    lines += ["21/06/2026,10:00:00.000000", "21/06/2026,10:00:00.500000", form, "1"]
    lines += ["0,0", "0,0"] if year == 2013 else []
    rows = []
    for n, row in enumerate(values, start=1):
        steps = [value / step for value in row]
        if form == "ASCII":
            cells = ["" if value != value else f"{value:.3f}" for value in steps]
            rows.append((",".join([str(n), str(125 * n), *cells, "0", "1"]) + "\r\n").encode())
        else:
            code = FORMS[form]
            cells = steps if code == "f" else [round(value) for value in steps]
            rows.append(struct.pack(f"<II4{code}H", n, 125 * n, *cells, 2))
    return "\r\n".join(lines) + "\r\n", b"".join(rows)


def waves(seconds: float = 0.1, rate: float = 8000.0, frequency_hz: float = 50.0) -> np.ndarray:
    """230 V, 230 V a third of a turn later, 10 A in step with the first, and a temperature."""
    angle = 2 * np.pi * frequency_hz * np.arange(int(seconds * rate)) / rate
    volts = 230 * np.sqrt(2)
    return np.stack(
        [volts * np.cos(angle), volts * np.cos(angle - 2.0943951), 10 * np.sqrt(2) * np.cos(angle), 0 * angle + 20],
        axis=1,
    )
