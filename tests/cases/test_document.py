"""A case is printed as a PDF: read back as text, in both languages, and only what its reader may see."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from PIL import Image
from pypdf import PdfReader

from cases.document.fonts import NOT_EMBEDDED, font_name
from cases.document.model import CallExtract, CaseDocument, CasePicture, SpokenLine
from cases.document.pdf import MOST_ENTRIES, draw
from cases.document.service import MOST_PHOTOS
from cases.document.words import Language
from cases.events import VerificationFinding, VerificationState
from cases.timeline.model import TimelineEntry, TimelineKind, TimelineSubject
from cases.verification import store as verification_store
from cases.verification.model import Verification, VerificationAnswer
from core.actor import Actor, Role
from core.events import MASK
from core.storage import Storage
from tests.cases.rooms import ACCEPTOR, ADMIN, AGENT, DISPATCHER, OTHER_AGENT
from tests.cases.test_case_pages import OF_NANGANG, SUPERVISOR
from tests.cases.test_http import filed
from tests.cases.web import Desk, desk_of

UNIT = Actor("app:17", "十七组", frozenset({Role.UNIT}))
PEOPLE = (AGENT, OTHER_AGENT, DISPATCHER, ACCEPTOR, ADMIN, SUPERVISOR, OF_NANGANG, UNIT)
AT = datetime(2026, 11, 30, 6, 30, tzinfo=UTC)
CALL = uuid4()


def photo(size: tuple[int, int] = (640, 480), kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, (40, 120, 60)).save(out, kind)
    return out.getvalue()


class Source:
    """Stands for the ledger and the photos: they decide who hears and sees what."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, int]] = []
        self.both: tuple[UUID, UUID] | None = None

    async def extracts(
        self, actor: Actor, call_ids: Sequence[UUID], most_lines: int
    ) -> Sequence[CallExtract]:
        self.asked.append(("extracts", actor.id, len(call_ids)))
        said = SpokenLine(AT, "citizen", "公滨路井盖没了，电动车差点掉进去。")
        return [CallExtract(one, [said], 3) for one in call_ids]

    async def pictures(self, actor: Actor, photo_ids: Sequence[UUID]) -> Sequence[CasePicture]:
        self.asked.append(("pictures", actor.id, len(photo_ids)))
        return [CasePicture(one, "unit:app:17", AT, photo((640, one.int % 256 + 200))) for one in photo_ids]

    async def pair(self, case_id: UUID) -> tuple[UUID, UUID] | None:
        return self.both

    async def names(self, ids: Collection[str]) -> Mapping[str, str]:
        known = {"wang": "王坐席", "zhao": "赵调度", "unit:app:17": "道外市政十七组"}
        return {one: known[one] for one in ids if one in known}


class Entries:
    """Stands for the other rooms' part of the timeline."""

    def __init__(self, *entries: TimelineEntry) -> None:
        self._entries = entries

    async def entries(self, actor: Actor, about: TimelineSubject) -> Sequence[TimelineEntry]:
        return self._entries


def heard(at: datetime = AT) -> TimelineEntry:
    return TimelineEntry(
        kind=TimelineKind.CALL, at=at, by="wang", act="answered", call_id=CALL, transcript=True
    )


def taken() -> TimelineEntry:
    return TimelineEntry(
        kind=TimelineKind.PHOTO, at=AT, by="unit:app:17", act="kept", photo_id=uuid4(), unit_id="app:17"
    )


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


@pytest.fixture
async def desk(storage: Storage) -> AsyncIterator[Desk]:
    async with desk_of(storage, PEOPLE) as made:
        made.on.room.documents._source = Source()
        yield made


async def printed(desk: Desk, who: Actor, case_id: str, language: str = "zh") -> bytes:
    answer = await desk(who, "GET", f"/cases/{case_id}/document.pdf?language={language}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    return answer.content


async def test_a_case_is_printed_with_everything_and_read_back_in_both_languages(desk: Desk) -> None:
    case: dict[str, Any] = await filed(desk)
    sent = await desk.post(DISPATCHER, f"/cases/{case['case_id']}/dispatch", unit_id="app:17")
    assert sent.status_code == 201
    desk.on.room.timeline._sources = (Entries(heard(), taken()),)
    pdf = await printed(desk, SUPERVISOR, case["case_id"])
    chinese = text_of(pdf)
    for word in (
        case["number"], case["category_name"], case["description"], case["spoken_code"],
        "派单", "已派出", "道外市政十七组",
        "立案", "王坐席", "公滨路井盖没了，电动车差点掉进去。", "另有 3 句未列出", "陈班长", "第 1 页",
    ):  # fmt: skip
        assert word in chinese, word
    assert sum(len(page.images) for page in PdfReader(io.BytesIO(pdf)).pages) == 1
    english = text_of(await printed(desk, SUPERVISOR, case["case_id"], "en"))
    for word in ("What happened", "Short number", case["category_name_en"], "Page 1 of", "公滨路井盖没了"):
        assert word in english, word


async def test_the_place_before_and_after_the_work_is_printed_side_by_side(desk: Desk) -> None:
    case: dict[str, Any] = await filed(desk)
    entries = taken(), taken(), taken()
    desk.on.room.timeline._sources = (Entries(*entries),)
    source = desk.on.room.documents._source
    assert isinstance(source, Source)
    before, after, other = (one.photo_id for one in entries)
    assert before
    assert after
    assert other
    source.both = before, after
    pdf = await printed(desk, SUPERVISOR, case["case_id"])
    chinese = text_of(pdf)
    for word in ("处置前后对比（摄像头）", "处置前 2026-11-30 14:30:00", "处置后 2026-11-30"):
        assert word in chinese, word
    assert sum(len(page.images) for page in PdfReader(io.BytesIO(pdf)).pages) == 3, "each once"
    assert "Before and after (by camera)" in text_of(await printed(desk, SUPERVISOR, case["case_id"], "en"))


async def test_who_prints_is_audited_and_other_rooms_are_asked_as_him(desk: Desk) -> None:
    case: dict[str, Any] = await filed(desk)
    desk.on.room.timeline._sources = (Entries(heard(), taken()),)
    desk.on.looked.at.clear()
    await printed(desk, AGENT, case["case_id"])
    assert desk.on.looked.at == [(AGENT.id, "print-case", f"case:{case['number']}")]
    source = desk.on.room.documents._source
    assert isinstance(source, Source)
    assert source.asked == [
        ("extracts", AGENT.id, 1), ("pictures", AGENT.id, 1), ("pictures", AGENT.id, 0),
    ]  # fmt: skip
    # Who may not read a call's words has no transcript in his timeline, and none is asked for.
    unread = heard().model_copy(update={"transcript": False})
    desk.on.room.timeline._sources = (Entries(unread),)
    assert "公滨路井盖没了" not in text_of(await printed(desk, ACCEPTOR, case["case_id"]))


async def test_what_one_may_not_see_is_not_printed(desk: Desk) -> None:
    hidden: dict[str, Any] = await filed(desk, confidential=True)
    path = f"/cases/{hidden['case_id']}/document.pdf"
    assert (await desk(OTHER_AGENT, "GET", path)).status_code == 403
    assert (await desk(OF_NANGANG, "GET", path)).status_code == 403
    assert (await desk(UNIT, "GET", path)).status_code == 403
    assert "保密案件" in text_of(await printed(desk, ACCEPTOR, hidden["case_id"]))
    assert (await desk(AGENT, "GET", f"/cases/{uuid4()}/document.pdf")).status_code == 404
    bad = await desk(SUPERVISOR, "GET", f"{path}?language=fr")
    assert bad.status_code == 422


def document(**more: object) -> CaseDocument:
    case = {
        "number": "230104-20261130-0001", "spoken_code": "4711", "progress": "in_progress",
        "urgency": "urgent",
        "category": "gb@2/0101", "category_name": "井盖破损", "category_name_en": "Broken cover",
        "district_name": "道外区", "address": MASK, "caller": MASK, "confidential": False,
        "source": "telephone",
        "description": "<b>&amp; 未关闭 <img src=x>", "filed_at": AT.isoformat(), "filed_by": "wang",
        "dispatches": [],
    }  # fmt: skip
    return CaseDocument(
        **{
            "case": case, "entries": (), "calls": (), "pictures": (), "names": {}, "made_by": "陈班长",
            "made_at": AT, **more,
        }  # type: ignore[arg-type]
    )  # fmt: skip


async def test_what_inspectors_found_is_printed_with_who_and_whether_it_was_late(desk: Desk) -> None:
    case: dict[str, Any] = await filed(desk)
    chinese = text_of(await printed(desk, SUPERVISOR, case["case_id"]))
    assert "核实与核查" not in chinese, "nobody was asked"
    answer = VerificationAnswer(VerificationFinding.NOT_FOUND, "现场已恢复", AT + timedelta(minutes=40))
    tasks = [
        Verification(
            uuid4(), None, UUID(case["case_id"]), "app:17", "十七组", VerificationState.ANSWERED, "", "zhao",
            AT, AT + timedelta(minutes=30), answer=answer,
        ),
        Verification(
            uuid4(), None, UUID(case["case_id"]), "app:17", "十七组", VerificationState.EXPIRED, "", "zhao",
            AT, AT + timedelta(minutes=30),
        ),
    ]  # fmt: skip
    async with desk.on.storage.write() as transaction:
        for task in tasks:
            await verification_store.add(transaction.connection, task)
    chinese = text_of(await printed(desk, SUPERVISOR, case["case_id"]))
    for word in ("核实与核查", "道外市政十七组", "不属实 · 超时", "现场已恢复", "超时未答复"):
        assert word in chinese, word
    english = text_of(await printed(desk, SUPERVISOR, case["case_id"], "en"))
    for word in ("Verifications", "nothing of it", "no answer in time"):
        assert word in english, word


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "按 A 类管理区域的时限"), ("en", "limit of class A areas")]
)
def test_a_limit_of_a_class_of_areas_says_so(language: Language, words: str) -> None:
    made = document()
    clock = {"due_at": AT.isoformat(), "limit": "2工作时", "was_overdue": False, "area_class": "A"}
    graded = replace(made, case={**made.case, "deadline": clock})
    assert words in text_of(draw(graded, language, hours=8))
    general = replace(made, case={**made.case, "deadline": {**clock, "area_class": None}})
    assert words not in text_of(draw(general, language, hours=8))


def test_markup_is_text_and_what_is_masked_says_so() -> None:
    text = text_of(draw(document(), "zh", hours=8))
    assert "<b>&amp; 未关闭 <img src=x>" in text
    assert text.count("已隐去") == 2
    assert MASK not in text
    assert "2026-11-30 14:30:00" in text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_text_of_several_pages_goes_on_over_the_page(language: Language) -> None:
    long = "井盖没了" * 1_000
    note = TimelineEntry(kind=TimelineKind.ACT, at=AT, by="wang", act="close", words=long)
    made = document(entries=[note], case={**document().case, "description": long})
    text = text_of(draw(made, language, hours=8)).replace("\n", "")
    assert text.count("井盖没了") > 1_900


def test_a_long_case_is_bounded() -> None:
    entries = [
        TimelineEntry(kind=TimelineKind.ACT, at=AT, by="wang", act="close", words=f"第{n}次")
        for n in range(MOST_ENTRIES + 5)
    ]
    places = [
        TimelineEntry(kind=TimelineKind.POSITION, at=AT, by="unit:a", act="position", unit_id="a")
        for _ in range(200)
    ]
    pages = PdfReader(io.BytesIO(draw(document(entries=[*places, *entries]), "zh", hours=8))).pages
    text = "\n".join(page.extract_text() for page in pages)
    assert "更早的 6 条未列出" in text
    assert "第4次" not in text
    assert f"第{MOST_ENTRIES + 4}次" in text
    assert f"第 {len(pages)} 页 / 共 {len(pages)} 页" in text
    assert MOST_PHOTOS < 20


@pytest.mark.parametrize("data", [b"", b"no picture", photo()[:200], photo((20, 3000)), photo(kind="PNG")])
def test_any_bytes_of_a_photo_are_printed_or_said_to_be_none(data: bytes) -> None:
    made = draw(document(pictures=[CasePicture(uuid4(), "unit:a", AT, data)]), "zh", hours=8)
    reader = PdfReader(io.BytesIO(made))
    shown = sum(len(page.images) for page in reader.pages)
    assert (shown == 1) is ("照片打不开" not in text_of(made))


def test_without_a_typeface_of_its_own_the_text_is_still_chinese(tmp_path: Path) -> None:
    broken = tmp_path / "broken.ttf"
    broken.write_bytes(b"not a typeface")
    assert font_name(broken, (tmp_path / "none.ttf",)) == NOT_EMBEDDED


def test_the_usual_typeface_is_embedded() -> None:
    reader = PdfReader(io.BytesIO(draw(document(), "zh", hours=8)))
    fonts = reader.pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    embedded = [
        font.get_object()["/FontDescriptor"]["/FontFile2"]
        for font in fonts.values()
        if "/FontDescriptor" in font.get_object()
    ]
    assert embedded
