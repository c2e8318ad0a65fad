"""Draws the document of a case as a PDF (A4). Blocking: some tenths of a second."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from PIL import Image as Picture
from PIL import ImageOps
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Image, KeepTogether, Paragraph, SimpleDocTemplate, Spacer, Table

from cases.document.fonts import font_name
from cases.document.model import CaseDocument, CasePicture
from cases.document.words import DocumentWords, Language
from cases.timeline.model import TimelineEntry, TimelineKind
from core.events import MASK

MOST_ENTRIES: Final = 400
"""Of the timeline, the newest."""
_MARGIN: Final = 18 * mm
_WIDTH: Final = A4[0] - 2 * _MARGIN
_PHOTO_PIXELS: Final = 1_200
_PHOTO_HEIGHT: Final = 95 * mm
_INK, _LINE, _PALE = colors.HexColor("#1c2733"), colors.HexColor("#b8c2cc"), colors.HexColor("#eef2f5")
_ALARM: Final = colors.HexColor("#a3200d")
_FACTS: Final = (
    "number", "spoken_code", "progress", "category", "urgency", "place", "crossing", "relative",
    "subdistrict", "description", "time", "count", "asset", "caller", "callback", "department",
    "due", "handoff", "source", "filed", "taken", "acceptor", "closing", "ties",
)  # fmt: skip


def draw(document: CaseDocument, language: Language, *, hours: float, font: Path | None = None) -> bytes:
    """The document with its times `hours` ahead of UTC; `font` is a TrueType file that stands before the
    usual ones.
    """
    return _Drawing(document, DocumentWords(language), timezone(timedelta(hours=hours)), font).made()


class _Drawing:
    def __init__(
        self, document: CaseDocument, words: DocumentWords, zone: timezone, font: Path | None
    ) -> None:
        self._document = document
        self._words = words
        self._zone = zone
        self._font = font_name(font)

    def made(self) -> bytes:
        out = io.BytesIO()
        case = self._document.case
        template = SimpleDocTemplate(
            out,
            pagesize=A4,
            leftMargin=_MARGIN,
            rightMargin=_MARGIN,
            topMargin=_MARGIN,
            bottomMargin=_MARGIN + 4 * mm,
            title=f"{self._words('title')} {case['number']}",
            author="Songhua",
            lang=self._words.language,
        )
        template.build(list(self._parts()), canvasmaker=self._canvas)
        return out.getvalue()

    def _parts(self) -> Iterator[Flowable]:
        case, words = self._document.case, self._words
        yield self._text(f"{words('title')} {case['number']}  {self._category()}", size=16, after=6)
        if case["confidential"]:
            yield self._text(words("confidential"), size=12, colour=_ALARM, after=4)
        yield from self._facts()
        yield from self._dispatches()
        yield from self._verifications()
        yield from self._pair()
        yield from self._timeline()
        yield from self._calls()
        yield from self._photos()

    # --- sections -----------------------------------------------------------------------------------

    def _facts(self) -> Iterator[Flowable]:
        yield self._heading("facts")
        rows = [(self._words.of("fact", name), told) for name in _FACTS if (told := self._fact(name))]
        yield self._table(rows, (32 * mm, _WIDTH - 32 * mm), named=True)

    def _fact(self, name: str) -> str:
        case, words = self._document.case, self._words
        if name in {"progress", "urgency", "source"}:
            return words.of(name, case.get(name))
        derived: Mapping[str, Callable[[], str]] = {
            "category": self._category,
            "place": self._place,
            "subdistrict": lambda: str(case.get("subdistrict_name") or ""),
            "filed": lambda: f"{self._time(case['filed_at'])} {self._name(case['filed_by'])}",
            "taken": self._taken,
            "department": self._department,
            "due": self._due,
            "acceptor": lambda: self._name(case.get("acceptor") or ""),
            "closing": self._closing,
            "ties": self._ties,
        }
        return derived[name]() if name in derived else self._plain(case.get(name))

    def _place(self) -> str:
        case = self._document.case
        return " ".join(filter(None, (case.get("district_name"), self._plain(case.get("address")))))

    def _taken(self) -> str:
        taken = self._document.case.get("taken_at")
        return f"{self._time(taken)} {self._document.case.get('taken_by') or ''}" if taken else ""

    def _department(self) -> str:
        """Who answers for the case; what drafting thought of only where nobody was decided."""
        decided = self._document.case.get("responsible")
        if not decided:
            return self._plain(self._document.case.get("department"))
        every = (decided["host"], *decided["assists"])
        return self._words("between").join(one[f"name_{self._words.language}"] for one in every)

    def _closing(self) -> str:
        met = self._document.case.get("closing")
        return str(met[f"condition_{self._words.language}"]) if met else ""

    def _ties(self) -> str:
        """The numbers of cases that it was merged into, that were merged into it, or are related."""
        case = self._document.case
        survivor = case.get("survivor")
        others = [*([survivor] if survivor else []), *case.get("merged", [])]
        others += [one["other"] for one in case.get("relations", [])]
        return self._words("between").join(dict.fromkeys(one["number"] for one in others))

    def _due(self) -> str:
        clock = self._document.case.get("deadline")
        if not clock:
            return ""
        late = f" · {self._words('was_overdue')}" if clock["was_overdue"] else ""
        area = clock.get("area_class")
        decided = f" · {self._words('by_area', area=area)}" if area else ""
        return f"{self._time(clock['due_at'])} · {clock['limit']}{decided}{late}"

    def _dispatches(self) -> Iterator[Flowable]:
        yield self._heading("dispatches")
        rows = [
            (
                self._time(one["at"]),
                self._name(f"unit:{one['unit_id']}"),
                self._words.of("step", one["step"]),
                " ".join(self._plain(one[name]) for name in ("reason", "note") if one.get(name)),
            )
            for one in self._document.case["dispatches"]
        ]
        yield self._list(("time", "unit", "step", "reason"), rows, (34, 40, 25))

    def _verifications(self) -> Iterator[Flowable]:
        """What inspectors were asked and found; nothing where nobody was asked."""
        found = self._document.verifications
        if not found:
            return
        yield self._heading("verifications")
        rows = []
        for one in found:
            told = (
                self._words.of("finding", one.finding) if one.finding else self._words.of("task", one.state)
            )
            late = f" · {self._words('late')}" if one.late else ""
            answered = "" if one.answered_at is None else self._time(one.answered_at)
            name = self._name(f"unit:{one.unit_id}")
            rows.append((self._time(one.asked_at), name, answered, told + late, self._plain(one.words)))
        yield self._list(("asked", "inspector", "answered", "finding", "note"), rows, (30, 34, 30, 30))

    def _pair(self) -> Iterator[Flowable]:
        """The place before the work and after it, side by side; nothing without both."""
        pair = self._document.pair
        if pair is None:
            return
        width = _WIDTH / 2 - 2 * mm
        told = [
            self._text(f"{self._words(key)}  {self._time(one.taken_at)}  {self._name(one.by)}", size=8)
            for key, one in zip(("before", "after"), pair, strict=True)
        ]
        beside = Table(
            [[self._picture(one, width) for one in pair], told],
            colWidths=[_WIDTH / 2] * 2,
            style=[("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)],
        )
        yield KeepTogether([self._heading("pair"), beside])

    def _timeline(self) -> Iterator[Flowable]:
        yield self._heading("timeline")
        folded = list(_folded(self._document.entries))
        left_out = max(0, len(folded) - MOST_ENTRIES)
        if left_out:
            yield self._text(self._words("further_entries", n=left_out), size=8)
        rows = [self._row(entry, count) for entry, count in folded[left_out:]]
        yield self._list(("time", "what", "who", "note"), rows, (34, 40, 40))

    def _row(self, entry: TimelineEntry, count: int) -> tuple[str, ...]:
        words = self._words
        group = {TimelineKind.DISPATCH: "step", TimelineKind.CALL: "outcome", TimelineKind.PHOTO: "photo"}
        what = f"{words.of('kind', entry.kind)} · {words.of(group.get(entry.kind, 'act'), entry.act)}"
        if count > 1:
            what += f" · {words('times', n=count)}"
        unit = f"unit:{entry.unit_id}" if entry.unit_id else ""
        who = " · ".join(dict.fromkeys(self._name(one) for one in (entry.by, unit) if one))
        return self._time(entry.at), what, who, self._plain(entry.words)

    def _calls(self) -> Iterator[Flowable]:
        yield self._heading("words")
        if not self._document.calls:
            yield self._text(self._words("no_words"), size=9)
        for call in self._document.calls:
            for line in call.lines:
                speaker = self._words.of("speaker", line.speaker)
                yield self._text(f"{self._time(line.at)[11:]}  {speaker}：{line.text}", size=9)
            if call.further:
                yield self._text(self._words("further_lines", n=call.further), size=8)
            yield Spacer(1, 2 * mm)

    def _photos(self) -> Iterator[Flowable]:
        document, heading = self._document, [self._heading("photos")]
        if not document.pictures:
            yield from (*heading, *([] if document.photos_left_out else [self._nothing()]))
        for one in document.pictures:
            told = f"{self._time(one.taken_at)}  {self._name(one.by)}"
            yield KeepTogether([*heading, self._picture(one), self._text(told, size=8, after=4)])
            heading = []
        if document.photos_left_out:
            yield self._text(self._words("further_photos", n=document.photos_left_out), size=8)

    # --- forms --------------------------------------------------------------------------------------

    def _picture(self, one: CasePicture, width: float = _WIDTH) -> Flowable:
        """Turned as it was held, and no larger than paper shows."""
        try:
            with Picture.open(io.BytesIO(one.data), formats=("JPEG", "PNG")) as opened:
                opened.draft("RGB", (_PHOTO_PIXELS, _PHOTO_PIXELS))
                upright = ImageOps.exif_transpose(opened).convert("RGB")
        except (OSError, ValueError, SyntaxError, Picture.DecompressionBombError):
            return self._text(self._words("no_picture"), size=9)
        upright.thumbnail((_PHOTO_PIXELS, _PHOTO_PIXELS))
        small = io.BytesIO()
        upright.save(small, "JPEG", quality=80)
        scale = min(width / upright.width, _PHOTO_HEIGHT / upright.height)
        small.seek(0)
        return Image(small, upright.width * scale, upright.height * scale, hAlign="LEFT")

    def _nothing(self) -> Flowable:
        return self._text(self._words("nothing"), size=9)

    def _heading(self, key: str) -> Flowable:
        return self._text(self._words(key), size=12, before=5, after=2, keep=True)

    def _text(
        self,
        text: str,
        *,
        size: float,
        before: float = 0,
        after: float = 0,
        colour: Any = _INK,
        keep: bool = False,
    ) -> Paragraph:
        style = ParagraphStyle(
            "line",
            fontName=self._font,
            fontSize=size,
            leading=size * 1.4,
            textColor=colour,
            spaceBefore=before * mm,
            spaceAfter=after * mm,
            wordWrap="CJK" if self._words.language == "zh" else None,
            splitLongWords=True,
            keepWithNext=keep,
        )
        return Paragraph(escape(text), style)

    def _list(
        self, columns: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float]
    ) -> Flowable:
        """`widths` in mm; the last column takes what is left."""
        if not rows:
            return self._nothing()
        head = [self._words.of("column", column) for column in columns]
        given = [width * mm for width in widths]
        return self._table([head, *rows], (*given, _WIDTH - sum(given)), named=False)

    def _table(self, rows: Sequence[Sequence[str]], widths: Sequence[float], *, named: bool) -> Flowable:
        """`named`: the first column has the names; else the first row, which is on each page."""
        cells = [[self._text(cell, size=9) for cell in row] for row in rows]
        head = ("BACKGROUND", (0, 0), (0, -1) if named else (-1, 0), _PALE)
        return Table(
            cells,
            colWidths=list(widths),
            repeatRows=0 if named else 1,
            splitInRow=1,  # a long text goes on over the page
            style=[
                head,
                ("LINEBELOW", (0, 0), (-1, -1), 0.4, _LINE),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ],
        )

    def _canvas(self, *given: Any, **named: Any) -> Canvas:
        document, words = self._document, self._words
        made = words("made", name=document.made_by, at=self._time(document.made_at))
        return _NumberedCanvas(
            *given, font=self._font, left=f"{document.case['number']}   {made}", words=words, **named
        )

    # --- words --------------------------------------------------------------------------------------

    def _category(self) -> str:
        name = "category_name" if self._words.language == "zh" else "category_name_en"
        return self._document.case.get(name) or self._document.case.get("category") or ""

    def _plain(self, value: Any) -> str:
        return self._words("masked") if value == MASK else str(value or "")

    def _name(self, by: str) -> str:
        return ", ".join(
            self._document.names.get(one, one.removeprefix("unit:")) for one in by.split(", ") if one
        )

    def _time(self, at: datetime | str) -> str:
        moment = datetime.fromisoformat(at) if isinstance(at, str) else at
        return moment.astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")


class _NumberedCanvas(Canvas):  # type: ignore[misc]  # reportlab ships no types
    """Writes the foot of each page once it is known how many there are."""

    def __init__(self, *given: Any, font: str, left: str, words: DocumentWords, **named: Any) -> None:
        super().__init__(*given, **named)
        self._foot_font = font
        self._foot_left = left
        self._foot_words = words
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802  # reportlab's name
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self._foot(number, len(self._pages))
            super().showPage()
        super().save()

    def _foot(self, page: int, pages: int) -> None:
        self.setFont(self._foot_font, 8)
        self.setFillColor(_INK)
        self.drawString(_MARGIN, 10 * mm, self._foot_left)
        self.drawRightString(A4[0] - _MARGIN, 10 * mm, self._foot_words("page", page=page, pages=pages))


def _folded(entries: Sequence[TimelineEntry]) -> Iterator[tuple[TimelineEntry, int]]:
    """Positions of a unit that follow each other are one line, the first with their count."""
    run: list[TimelineEntry] = []
    for entry in entries:
        if run and (entry.kind, entry.unit_id) != (run[0].kind, run[0].unit_id):
            yield run[0], len(run)
            run = []
        if entry.kind is TimelineKind.POSITION:
            run.append(entry)
        else:
            yield entry, 1
    if run:
        yield run[0], len(run)
