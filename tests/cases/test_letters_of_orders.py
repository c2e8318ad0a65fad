"""Letters of a superior's order: brought by who enters orders, known by their content, taken as files."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.errors import AttachmentNotKept
from cases.settings import CasesSettings
from cases.superior.attachments.model import ENDINGS, MOST_NAME, PDF, is_pdf, shown_name
from cases.superior.settings import SuperiorSettings
from cdr.recordings.vault import keys
from cdr.settings import CdrSettings
from core.actor import Actor
from core.clock import ManualClock
from core.ids import uuid7
from core.storage import Storage
from field.settings import FieldSettings
from gateway.web.problems import install
from gateway.wiring.order_letters import LettersOfOrders
from gateway.wiring.photos import RecordingsVault
from tests.cases.assignments.people import ACCEPTOR, DISPATCHER, EVERYBODY, MA, NINE, SUPERVISOR, office
from tests.cases.rooms import AGENT
from tests.cases.test_superior import entered
from tests.cases.web import Desk, desk_of
from tests.field.pictures import exif, jpeg, png

LETTER = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
OTHER_AGENT = Actor("wu", "吴坐席", AGENT.roles)


@pytest.fixture
async def desk(any_storage: Storage, tmp_path: Path) -> AsyncIterator[Desk]:
    any_storage.clock = ManualClock(NINE)
    key = tmp_path / "recordings.key"
    keys.init(key, NINE)
    vault = RecordingsVault(CdrSettings(recordings_key_file=key))
    letters = LettersOfOrders(FieldSettings(photos=tmp_path / "photos", photos_spare_mb=0), vault)
    settings = CasesSettings(superior=SuperiorSettings(attachment_mb=0.01, attachments=3))
    async with desk_of(any_storage, [*EVERYBODY, OTHER_AGENT], letters=letters, settings=settings) as made:
        install(made.app)
        yield made


async def brought(
    desk: Desk, who: Actor, case_id: str, data: bytes, name: str, status: int = 201
) -> dict[str, Any]:
    path = f"/cases/superior/{case_id}/attachments?attachment_id={uuid7()}&name={name}"
    answer = await desk.bring(who, path, data, "application/octet-stream")
    assert answer.status_code == status, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_letters_are_listed_with_who_brought_them_and_taken_as_files(
    desk: Desk, tmp_path: Path
) -> None:
    case_id = (await entered(desk))["case_id"]
    letter = await brought(desk, DISPATCHER, case_id, LETTER, "../督〔2026〕15号.pdf")
    assert (letter["name"], letter["kind"], letter["size"]) == ("督〔2026〕15号.pdf", PDF, len(LETTER))
    assert letter["sha256"] == hashlib.sha256(LETTER).hexdigest()
    picture = await brought(desk, AGENT, case_id, jpeg(tiff=exif()), "page.html")
    assert (picture["name"], picture["kind"]) == ("page.html.jpg", "image/jpeg")
    path = f"/cases/superior/{case_id}/attachments"
    listed = (await desk(ACCEPTOR, "GET", path)).json()["attachments"]
    assert [(one["name"], one["added_by"]) for one in listed] == [
        ("督〔2026〕15号.pdf", DISPATCHER.id), ("page.html.jpg", AGENT.id),
    ]  # fmt: skip
    assert listed[0]["added_at"] == NINE.isoformat().replace("+00:00", "Z")
    assert desk.on.looked.at == []
    taken = await desk(ACCEPTOR, "GET", f"{path}/{letter['attachment_id']}")
    assert taken.content == LETTER
    assert taken.headers["content-type"] == PDF
    assert taken.headers["content-disposition"].startswith("attachment; ")
    assert taken.headers["x-content-type-options"] == "nosniff"
    looked = (ACCEPTOR.id, "attachment-look", f"attachment:{letter['attachment_id']}")
    assert desk.on.looked.at == [looked]
    shown = await desk(SUPERVISOR, "GET", f"{path}/{picture['attachment_id']}")
    assert b"Exif" not in shown.content, "neither place nor maker"
    kept = [one for one in (tmp_path / "photos" / "kept").rglob("*") if one.is_file()]
    assert len(kept) == 2
    assert all(one.suffix == ".enc" and LETTER not in one.read_bytes() for one in kept)
    other = (await entered(desk))["case_id"]
    foreign = f"/cases/superior/{other}/attachments/{letter['attachment_id']}"
    assert (await desk(DISPATCHER, "GET", foreign)).status_code == 404


async def test_one_that_comes_twice_is_kept_once(desk: Desk) -> None:
    case_id = (await entered(desk))["case_id"]
    path = f"/cases/superior/{case_id}/attachments?attachment_id={uuid4()}&name=a.pdf"
    first = await desk.bring(DISPATCHER, path, LETTER)
    assert (await desk.bring(DISPATCHER, path, LETTER)).json() == first.json()
    assert (await desk.bring(SUPERVISOR, path, LETTER)).status_code == 409, "another's id"
    listed = await desk(DISPATCHER, "GET", f"/cases/superior/{case_id}/attachments")
    assert len(listed.json()["attachments"]) == 1


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"<html><script>alert(1)</script></html>", "no-letter"),
        (b"GIF89a" + bytes(40), "no-letter"),
        (b"junk" + LETTER, "no-letter"),
        (LETTER.replace(b"%%EOF", b""), "no-letter"),
        (b"", "no-letter"),
        (LETTER + b" " * 20_000 + b"%%EOF", "too-large"),
        (png((60_000, 60_000)), "no-letter"),
    ],
)
async def test_what_is_no_letter_is_refused_whatever_its_name_is(desk: Desk, data: bytes, why: str) -> None:
    case_id = (await entered(desk))["case_id"]
    refused = await brought(desk, DISPATCHER, case_id, data, "letter.pdf", 422)
    assert (refused["type"].rpartition("/")[2].endswith(AttachmentNotKept.kind), refused["why"]) == (
        True,
        why,
    )


async def test_an_order_has_so_many_letters_and_another_case_none(desk: Desk) -> None:
    case_id = (await entered(desk))["case_id"]
    for _ in range(3):
        await brought(desk, AGENT, case_id, LETTER, "")
    refused = await brought(desk, AGENT, case_id, LETTER, "", 409)
    assert refused["type"].endswith("too-many-attachments")
    at = office(desk.on.storage)
    at.on = desk.on
    plain = await at.filed()
    refused = await brought(desk, DISPATCHER, str(plain.case_id), LETTER, "", 409)
    assert refused["type"].endswith("case-not-ordered")


async def test_of_a_confidential_case_only_who_sees_it_whole_has_them(desk: Desk) -> None:
    case_id = (await entered(desk, confidential=True))["case_id"]
    letter = await brought(desk, SUPERVISOR, case_id, LETTER, "密.pdf")
    path = f"/cases/superior/{case_id}/attachments"
    for who, status in ((DISPATCHER, 200), (ACCEPTOR, 200), (OTHER_AGENT, 403), (MA, 403)):
        assert (await desk(who, "GET", path)).status_code == status, who.id
        assert (await desk(who, "GET", f"{path}/{letter['attachment_id']}")).status_code == status, who.id
    await brought(desk, OTHER_AGENT, case_id, LETTER, "", 403)
    await brought(desk, ACCEPTOR, case_id, LETTER, "", 403)


async def test_erased_ones_are_gone_from_the_list_and_from_the_disk(desk: Desk, tmp_path: Path) -> None:
    case_id = (await entered(desk))["case_id"]
    letter = await brought(desk, DISPATCHER, case_id, LETTER, "a.pdf")
    await desk.on.room.order_attachments.erase_of_cases([UUID(case_id)], by="system:retention")
    path = f"/cases/superior/{case_id}/attachments"
    assert (await desk(DISPATCHER, "GET", path)).json() == {"attachments": []}
    assert (await desk(DISPATCHER, "GET", f"{path}/{letter['attachment_id']}")).status_code == 404
    assert [one for one in (tmp_path / "photos").rglob("*") if one.is_file()] == []


@given(st.text(max_size=300), st.sampled_from(sorted(ENDINGS)))
def test_any_name_becomes_one_that_is_safe_and_says_what_it_is(given_name: str, kind: str) -> None:
    name = shown_name(given_name, kind)
    assert name.endswith(f".{ENDINGS[kind]}")
    assert len(name) <= MOST_NAME
    assert not set(name) & set('/\\:*?"<>|\r\n\x00\u202e')
    assert not name.startswith(".")


@given(st.binary(max_size=3_000))
def test_any_bytes_are_a_letter_or_not(data: bytes) -> None:
    assert is_pdf(data) is False or data.startswith(b"%PDF-")
