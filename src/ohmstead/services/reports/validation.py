"""The report of a validation by multimeter on paper: A4, as a file of PDF, in any language (EM-235).

The library that writes it is an extra and is loaded for the first report only.
"""

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from ohmstead.core.model.errors import CommandRefused
from ohmstead.core.model.reasons import Param, Reason
from ohmstead.core.model.validation import Point, ValidationReport, VoltageReading
from ohmstead.texts import word

_STEPS = ("grid", "loads", "sources")
_MARGIN_MM = 18
_LINE, _HEAD = "#c9cdd3", "#5b636e"
_MOMENT = "%Y-%m-%d %H:%M:%S"
_WIDTHS_MM = {4: (62, 34, 39, 39), 6: (40, 26, 24, 28, 36, 20)}


def pdf(report: ValidationReport, language: str) -> bytes:
    """``report`` as PDF. Raises CommandRefused where the library is not installed."""
    try:
        from reportlab.lib.pagesizes import A4
        from reportlab.lib.units import mm
        from reportlab.platypus import SimpleDocTemplate
    except ImportError as error:
        raise CommandRefused(Reason("report.no_pdf")) from error
    paper, title = io.BytesIO(), _said("report.validation.title", language)
    margin = _MARGIN_MM * mm
    SimpleDocTemplate(
        paper,
        pagesize=A4,
        leftMargin=margin,
        rightMargin=margin,
        topMargin=margin,
        bottomMargin=margin,
        title=f"{title}: {report.site}",
        author="Ohmstead",
        lang=language,
    ).build(_Page(report, language).story(title), onFirstPage=_numbered, onLaterPages=_numbered)
    return paper.getvalue()


def _numbered(canvas: Any, document: Any) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.setFillGray(0.4)
    canvas.drawRightString(document.pagesize[0] - document.rightMargin, 28, str(canvas.getPageNumber()))


def _said(key: str, language: str, **params: Param) -> str:
    return word(Reason(key, params), language)


class _Page:
    """One report in one language; sentences are escaped, since what people typed stands in them."""

    def __init__(self, report: ValidationReport, language: str) -> None:
        from reportlab.lib.styles import ParagraphStyle

        self._report, self._language = report, language
        self._zone = ZoneInfo(report.timezone)
        self._plain = ParagraphStyle("plain", fontName="Helvetica", fontSize=9.5, leading=13)
        self._small = ParagraphStyle("small", parent=self._plain, fontSize=8.5, leading=11)
        self._bold = ParagraphStyle("bold", parent=self._small, fontName="Helvetica-Bold")
        self._title = ParagraphStyle("title", parent=self._plain, fontName="Helvetica-Bold", fontSize=19, leading=25)
        self._head = ParagraphStyle(
            "head", parent=self._plain, fontName="Helvetica-Bold", fontSize=12, leading=16, spaceBefore=12, spaceAfter=4
        )

    def story(self, title: str) -> list[Any]:
        """The paper from top to bottom."""
        from reportlab.platypus import Spacer

        report, found = self._report, [self._text(title, self._title)]
        found += [self._text(f"{report.site} · {report.grid_type}", self._plain), Spacer(1, 6)]
        found += [self._text(self._verdict(), self._head), *(self._text(line, self._small) for line in self._facts())]
        for step in _STEPS:
            points = [point for point in report.progress.points if point.step == step]
            if points:
                found += [self._text(self._say(f"ui.validate.step.{step}"), self._head), self._points(points)]
        if report.progress.swaps:
            found.append(self._text(self._say("ui.validate.swap"), self._head))
        for one, other in report.progress.swaps:
            found.append(self._text(self._say("ui.validate.swap.pair", one=one, other=other), self._plain))
        found.append(self._text(self._say("ui.validate.readings"), self._head))
        if report.validation.readings:
            found.append(self._readings(report.validation.readings))
        else:
            found.append(self._text(self._say("report.validation.no_readings"), self._plain))
        return [*found, Spacer(1, 54), self._signature()]

    def _verdict(self) -> str:
        validation = self._report.validation
        if validation.completion is not None:
            at, author = self._moment(validation.completion.at), validation.completion.author
            return self._say("ui.validate.validated", moment=at, author=author)
        return self._say("ui.validate.outdated" if validation.outdated else "ui.validate.not_yet")

    def _facts(self) -> list[str]:
        report = self._report
        made = self._say("report.validation.made", moment=self._moment(report.made_at), zone=report.timezone)
        return [
            made,
            self._say("report.validation.of", configuration=report.validation.configuration, version=report.version),
        ]

    def _points(self, points: Sequence[Point]) -> Any:
        head = [self._say(f"ui.validate.column.{name}") for name in ("wire", "against", "volts", "verdict")]
        rows = []
        for point in points:
            last = point.last
            state = self._say(f"ui.validate.state.{point.state}") if point.state != "wrong" else self._elsewhere(point)
            volts = "–" if last is None else self._volts(last.voltage_v)
            against = last.against if last is not None else point.against
            rows.append([f"{self._name(point.target)} {point.phase}", against, volts, state])
        return self._table([head, *rows])

    def _elsewhere(self, point: Point) -> str:
        key = "ui.validate.at_terminal" if point.step == "grid" else "ui.validate.at_phase"
        return self._say(key, found=str(point.found))

    def _readings(self, readings: Sequence[VoltageReading]) -> Any:
        columns = ("wire", "against", "volts", "verdict", "at", "author")
        rows = [[self._say(f"ui.validate.column.{name}") for name in columns]]
        for one in readings:
            means = self._say(f"ui.validate.short.{one.verdict}")
            if not one.counts:
                means += f" ({self._say('ui.validate.before')})"
            wire = f"{self._name(one.target)} {one.phase}"
            rows.append([wire, one.against, self._volts(one.voltage_v), means, self._moment(one.at), one.author])
        return self._table(rows)

    def _table(self, rows: Sequence[Sequence[str]]) -> Any:
        from reportlab.lib.colors import HexColor
        from reportlab.lib.units import mm
        from reportlab.platypus import Table

        head, *body = rows
        cells = [[self._text(cell, self._bold) for cell in head]]
        cells += [[self._text(cell, self._small) for cell in row] for row in body]
        style = [
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, HexColor(_HEAD)),
            ("LINEBELOW", (0, 1), (-1, -1), 0.4, HexColor(_LINE)),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ]
        widths = [width * mm for width in _WIDTHS_MM[len(head)]]
        return Table(cells, colWidths=widths, style=style, repeatRows=1, hAlign="LEFT")

    def _signature(self) -> Any:
        from reportlab.lib.units import mm
        from reportlab.platypus import KeepTogether, Table

        line = Table([[self._text(self._say("ui.validate.sign"), self._small)]], colWidths=[110 * mm], hAlign="LEFT")
        line.setStyle([("LINEABOVE", (0, 0), (-1, 0), 0.8, _HEAD), ("LEFTPADDING", (0, 0), (-1, -1), 0)])
        return KeepTogether([line])

    def _text(self, words: str, style: Any) -> Any:
        from html import escape

        from reportlab.platypus import Paragraph

        return Paragraph(escape(words), style)

    def _say(self, key: str, **params: Param) -> str:
        return _said(key, self._language, **params)

    def _volts(self, volts: float) -> str:
        return self._say("report.volts", reading_v=volts)

    def _moment(self, at: datetime) -> str:
        return at.astimezone(self._zone).strftime(_MOMENT)

    def _name(self, target: str) -> str:
        return self._report.names.get(target, target)
