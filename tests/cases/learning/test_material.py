"""What may be trained on: the citizen's own words without numbers, names, places; of whom not at all."""

from __future__ import annotations

from collections import Counter
from functools import cache
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update

from cases.catalogue import load_catalogues, load_words
from cases.drafting.model import Draft, SegmentFindings, SpokenSegment
from cases.learning.material import reading
from cases.learning.material.masking import Masker, spoken
from cases.learning.material.model import Material
from cases.learning.material.reading import MaterialSet, material
from cases.learning.ports import CallRetention
from cases.life import store
from cases.life.store import CaseCallLink
from cases.tables import cases
from core.storage import Storage
from tests.budget import share
from tests.cases.learning.world import BEGAN, LID, Call, WholeLedger, a_call, file, ids
from tests.cases.rooms import known


@cache
def masker() -> Masker:
    return Masker(load_words(), known().gazetteer)


def heard(*texts: str) -> tuple[SegmentFindings, ...]:
    draft = Draft(draft_id=UUID(int=1))
    for at, text in enumerate(texts):
        speaker, _, said = text.rpartition("|")
        segment = SpokenSegment(
            segment_id=str(at), speaker="agent" if speaker == "agent" else "citizen", text=said
        )
        draft, _ = known().drafter.apply(draft, segment)
    return draft.heard


def left(*texts: str, literal: tuple[str, ...] = ()) -> str:
    found = masker().clauses(heard(*texts), literal=literal)
    return "|".join([*found["zh"], *found["en"]])


@pytest.mark.parametrize(
    ("text", "gone", "kept"),
    [
        ("我姓欧阳，学府路七十四号门口井盖丢了", ("欧阳", "学府路", "七十四"), ("井盖丢了",)),
        ("我叫李建国，我家楼下垃圾没人收", ("李建国", "建国"), ("垃圾没人收",)),
        ("我电话幺三九四五六七八九零零，路灯不亮", ("幺三九", "四五六"), ("路灯不亮",)),
        ("电话13945678900路灯不亮", ("13945678900",), ("路灯不亮",)),
        ("隔壁张师傅说井盖碎了", ("张师傅",), ("井盖碎了",)),
        ("果戈里大街跟民益街那个路口路灯坏了", ("果戈里", "民益街"), ("路灯坏了",)),
        ("五栋二单元三楼窗户掉下来了", ("五栋", "二单元"), ("掉下来了",)),
        ("my name is Anna Schmidt, the street light is out", ("anna", "schmidt"), ("light is out",)),
        (
            "call me on one three nine four five six seven, the lamp is dark",
            ("three", "nine"),
            ("lamp is dark",),
        ),
        (
            "Mr Brown at number twenty-six says the drain is blocked",
            ("brown", "twenty"),
            ("drain is blocked",),
        ),
        ("把类别设成路面塌陷，井盖丢了", ("塌陷",), ("井盖丢了",)),
    ],
)
def test_numbers_names_places_and_orders_are_masked(
    text: str, gone: tuple[str, ...], kept: tuple[str, ...]
) -> None:
    found = left(text)
    assert not [one for one in gone if one in found], found
    assert all(one in found for one in kept), found


def test_the_agents_words_are_not_the_citizens() -> None:
    assert left("井盖丢了", "agent|路灯不亮是吧") == "井盖丢了"


def test_what_was_filed_is_masked_where_it_was_said_too() -> None:
    assert "大白楼" in left("大白楼跟前井盖丢了")
    assert left("大白楼跟前井盖丢了", literal=("大白楼3单元",)) == "跟前井盖丢了"
    assert "gogol" not in left("the lid near Gogol plaza is gone", literal=("Gogol Plaza",))


def test_a_segment_that_was_said_twice_counts_once() -> None:
    assert left("井盖丢了", "井盖丢了", "井盖丢了，路灯不亮") == "井盖丢了|路灯不亮"


@given(st.lists(st.text(max_size=60) | st.sampled_from(["我姓王", "\0", "学府路12号", "İ"]), max_size=5))
@settings(max_examples=share(0.5), deadline=None)
def test_any_text_is_masked_and_no_digit_is_left(texts: list[str]) -> None:
    segments = (
        SpokenSegment(segment_id=str(at), speaker="citizen", text=one) for at, one in enumerate(texts)
    )
    found = masker().clauses([SegmentFindings(segment=one) for one in segments], literal=texts[:1])
    for said in (*found["zh"], *found["en"]):
        assert said
        assert not [char for char in said if char in "0123456789０１２３４５６７８９"]


def test_a_description_alone_is_read_as_if_it_had_been_said() -> None:
    assert masker().clauses(spoken("学府路74号，井盖丢了"))["zh"] == ["井盖丢了"]


async def read(storage: Storage, ledger: WholeLedger | None = None) -> tuple[list[Material], Counter[str]]:
    found = MaterialSet(storage, ledger or WholeLedger(), load_catalogues().default)
    out = [one for page in [page async for page in found.all()] for one in page]
    masked = [material(one, masker()) for one in out]
    return [one for one in masked if one is not None], found.left_out


async def test_every_usable_case_is_read_once_the_newest_first(
    any_storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PAGE", 3)
    await file(any_storage, [a_call(one, "井盖丢了", LID, n) for n, one in enumerate(ids(8))])
    found, left_out = await read(any_storage)
    assert [one.case_id for one in found] == ids(8)[::-1]
    assert not left_out
    assert {one.code for one in found} == {LID}
    for one in found:
        assert "井盖丢了" in one.clauses
        assert "学府路" not in "".join(one.clauses)
        assert len(one.callers) == 1
    again = MaterialSet(any_storage, WholeLedger(), load_catalogues().default)
    wanted = ids(8)[2:7]
    assert [one.case_id for page in [p async for p in again.of(wanted)] for one in page] == wanted[::-1]


async def test_confidential_erased_cancelled_and_strange_cases_are_left_out(storage: Storage) -> None:
    one = ids(9)
    calls = [UUID(int=n + 1) for n in range(9)]
    plain = ["井盖丢了"]
    await file(
        storage,
        [
            Call(one[0], plain, LID, call_id=calls[0]),
            Call(one[1], plain, LID, call_id=calls[1], confidential=True),
            Call(one[2], plain, LID, call_id=calls[2]),
            Call(one[3], plain, LID, call_id=calls[3]),
            Call(one[4], plain, LID, call_id=calls[4], state="cancelled"),
            Call(one[5], [], LID, call_id=calls[5]),
            Call(one[6], plain, LID, call_id=calls[6], description="路灯不亮"),
            Call(one[7], [], LID, call_id=calls[7], description="路灯不亮"),
        ],
    )
    ledger = WholeLedger(
        {
            calls[2]: CallRetention(confidential=True),
            calls[3]: CallRetention(erased=True, words_gone=True),
            calls[6]: CallRetention(words_gone=True),
        }
    )
    found, left_out = await read(storage, ledger)
    assert {each.case_id: (each.source, each.clauses) for each in found} == {
        one[0]: ("transcript", ("井盖丢了",)),
        one[6]: ("description", ("路灯不亮",)),
        one[7]: ("description", ("路灯不亮",)),
    }
    assert left_out == {"confidential": 2, "erased": 1, "cancelled": 1, "no-words": 1}


async def test_a_case_of_another_catalogue_is_left_out_and_counted(storage: Storage) -> None:
    one, other, unknown = ids(3)
    await file(storage, [Call(each, ["井盖丢了"], LID) for each in (one, other, unknown)])
    async with storage.write() as transaction:
        for case_id, category in ((other, f"another-city/{LID}"), (unknown, "another-city/X9999")):
            changed = update(cases).where(cases.c.case_id == case_id).values(category=category)
            await transaction.connection.execute(changed)
    found, left_out = await read(storage)
    assert [each.case_id for each in found] == [one]
    assert left_out == {"other-catalogue": 2}


async def test_what_is_tied_is_known(storage: Storage) -> None:
    first, second, third = ids(3)
    shared = UUID(int=77)
    await file(
        storage,
        [
            Call(first, ["井盖丢了"], LID, call_id=shared, caller="13900000001"),
            Call(second, ["井盖丢了"], LID, repeats=(first,)),
        ],
    )
    del third
    found = {one.case_id: one for one in (await read(storage))[0]}
    assert ("call", shared) in found[first].repeats
    assert found[first].callers == (("caller", "13900000001"),)
    assert ("case", first) in found[second].repeats
    assert found[second].callers == ()


async def test_whose_words_they_are_is_known_only_where_every_call_has_a_number(storage: Storage) -> None:
    """Of a case with a known and a withheld number nobody can tell which of the two is heard."""
    known_, hidden, both = ids(3)
    await file(
        storage,
        [
            Call(known_, ["井盖丢了"], LID, caller="13900000001"),
            Call(hidden, ["井盖丢了"], LID),
            Call(both, ["井盖丢了"], LID, caller="13900000002"),
        ],
    )
    async with storage.write() as transaction:
        link = CaseCallLink(UUID(int=99), "anonymous")
        await store.link(transaction.connection, both, link, by="wang", at=BEGAN)
    found = {one.case_id: one for one in (await read(storage))[0]}
    assert {case_id: one.callers_known for case_id, one in found.items()} == {
        known_: True,
        hidden: False,
        both: False,
    }
    assert found[both].callers == (("caller", "13900000002"),), "what ties them to others still does"
