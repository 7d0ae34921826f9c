"""COMTRADE recordings in every form, judged against another reader; and what cannot be used."""

import contextlib
from pathlib import Path

import numpy as np
import pytest
from comtrade import Comtrade
from hypothesis import given
from hypothesis import strategies as st

from ohmstead.protocols.comtrade import BadRecording, read, read_configuration
from tests.protocols.recordings import FORMS, comtrade, waves


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("year", [1999, 2013])
def test_each_form_is_read_as_another_reader_reads_it(form: str, year: int, tmp_path: Path) -> None:
    cfg, dat = comtrade(waves(), form, year=year)
    (tmp_path / "r.cfg").write_text(cfg)
    (tmp_path / "r.dat").write_bytes(dat)
    judge = Comtrade()
    judge.load(str(tmp_path / "r.cfg"), str(tmp_path / "r.dat"))
    seen = read(cfg, dat)
    assert seen.names == tuple(judge.analog_channel_ids)
    assert (seen.rate_hz, seen.nominal_hz) == (judge.cfg.sample_rates[0][0], judge.frequency)
    for column, factor in enumerate((1000.0, 1000.0, 20.0, 1.0)):  # kV and secondary amperes there, V and A here
        assert seen.values[:, column] == pytest.approx(np.array(judge.analog[column]) * factor, abs=1e-3)
    assert seen.quantities == ("V", "V", "A", None)
    assert seen.values[0, :3] == pytest.approx([325.27, -162.6, 14.14], abs=0.05)


def test_a_missing_sample_is_no_number() -> None:
    values = waves()
    values[7, 0] = np.nan
    assert np.isnan(read(*comtrade(values, "ASCII")).values[7, 0])
    cfg, dat = comtrade(waves(), "BINARY")
    record = len(dat) // 800
    holed = dat[: 5 * record + 8] + b"\x00\x80" + dat[5 * record + 10 :]
    assert np.isnan(read(cfg, holed).values[5, 0])


CFG, DAT = comtrade(waves(), "ASCII")
REFUSED = {
    "two rates": (CFG.replace("\n1\r\n8000", "\n2\r\n8000"), DAT, "cfg line 10: got 2 sampling rates"),
    "no fixed rate": (CFG.replace("\n1\r\n8000,800", "\n0\r\n0,800"), DAT, "one fixed rate"),
    "another mains": (CFG.replace("\n50\r\n", "\n16.7\r\n"), DAT, "50 or 60 Hz"),
    "fewer samples than announced": (CFG, DAT[: DAT.rindex(b"\n", 0, -9) + 1], "dat: got 799 samples"),
    "another form": (CFG.replace("ASCII", "MORSE"), DAT, "ASCII, BINARY, BINARY32, FLOAT32"),
    "a channel that is cut off": (CFG.replace(",kV,", ","), DAT, "cfg line 3"),
    "an end too early": ("\n".join(CFG.split("\r\n")[:4]), DAT, "the end of the file"),
    "no header": ("<html>", DAT, "cfg line 1"),
    "a skew": (CFG.replace(",0,-99999", ",120,-99999", 1), DAT, "a skew of 120 µs"),
    "words for numbers": (CFG, DAT.replace(b"0.000", b"zero!", 1) if b"0.000" in DAT else b"1,2,x,y,z,w,0,1\n", "dat"),
    "a million channels": (CFG.replace("6,4A", "6,9999999A"), DAT, "0 to 999"),
}


@pytest.mark.parametrize(("cfg", "dat", "says"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_used_is_refused_with_its_line(cfg: str, dat: bytes, says: str) -> None:
    with pytest.raises(BadRecording) as refused:
        read(cfg, dat)
    assert says in str(refused.value)


@given(st.text(max_size=300))
def test_any_text_is_a_configuration_or_refused(text: str) -> None:
    with contextlib.suppress(BadRecording):
        read_configuration(text)
