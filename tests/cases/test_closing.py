"""Closing names the standard condition that was met; the words of that time stay with the case."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.catalogue import load_catalogues
from cases.closing.loading import TABLE, load_closing
from cases.closing.model import ClosingCondition, ClosingTable
from cases.errors import BrokenTable
from core.errors import SonghuaError
from core.storage import Storage
from tests.cases.rooms import ACCEPTOR, AGENT, DISPATCHER
from tests.cases.test_merging import PEOPLE, a_case
from tests.cases.web import Desk, desk_of

GENERAL = "{id: restored, condition_zh: 已恢复, condition_en: restored, source: local}"


@pytest.fixture
async def desk(any_storage: Storage) -> AsyncIterator[Desk]:
    async with desk_of(any_storage, PEOPLE) as made:
        yield made


async def verified(desk: Desk) -> str:
    case = await a_case(desk.on)
    await desk.post(DISPATCHER, f"/cases/{case.case_id}/done")
    await desk.post(ACCEPTOR, f"/cases/{case.case_id}/verify")
    return f"/cases/{case.case_id}"


async def closed(desk: Desk, path: str, **body: object) -> Any:
    return await desk.post(ACCEPTOR, f"{path}/close", note="井盖已换", **body)


async def test_without_a_condition_of_the_class_nothing_is_closed(desk: Desk) -> None:
    path = await verified(desk)
    missing = await closed(desk, path)
    assert (missing.status_code, missing.json()["type"]) == (
        422, "urn:songhua:problem:closing-condition-missing",
    )  # fmt: skip
    assert "restored" in missing.json()["remedy"]
    wrong = await closed(desk, path, condition="road-clean")
    assert (wrong.status_code, wrong.json()["type"]) == (422, "urn:songhua:problem:no-such-closing-condition")
    assert (await desk(ACCEPTOR, "GET", path)).json()["state"] == "verified"


async def test_the_condition_stays_with_the_case_its_log_and_its_timeline(desk: Desk) -> None:
    path = await verified(desk)
    answer = (await closed(desk, path, condition="cover-firm")).json()
    table = load_closing()
    assert answer["closing"] == {
        "condition_id": "cover-firm",
        "condition_zh": "井盖补齐稳固，与路面平齐",
        "condition_en": "the cover is in place, firm and level with the road",
        "version": table.version,
    }
    entries = (await desk(ACCEPTOR, "GET", f"{path}/timeline")).json()["entries"]
    assert entries[-1]["words"] == "井盖已换（井盖补齐稳固，与路面平齐）"


async def test_the_catalogue_names_the_conditions_of_each_class(desk: Desk) -> None:
    answer = (await desk(AGENT, "GET", "/catalogue?q=E0112")).json()
    assert next(one["id"] for one in answer["rows"][0]["closings"]) == "road-clean"
    assert {one["id"] for one in answer["closings"]} == {"restored", "gone", "made-safe"}


def test_every_class_can_be_closed_and_no_row_names_a_class_that_is_not() -> None:
    table, catalogue = load_closing(), load_catalogues().default
    assert all(table.of(row.ref) for row in catalogue.rows.values())
    named = {name for one in table.conditions for name in one.classes}
    assert named <= set(catalogue.rows)


@given(
    st.lists(st.sampled_from(["P", "P01", "P0101", "E", "E01"]), max_size=3),
    st.sampled_from(["P0101", "E0112"]),
)
def test_those_of_the_class_come_before_those_for_every_class(names: list[str], code: str) -> None:
    own = ClosingCondition("own", "自有", "own", "1", tuple(names) or ("P9",))
    table = ClosingTable("1", [ClosingCondition("general", "通用", "general", "1"), own])
    found = [one.condition_id for one in table.of(f"x@1/{code}")]
    assert found == (["own", "general"] if any(code.startswith(name) for name in names) else ["general"])


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ("[]", "every class"),
        (
            "[{id: a, classes: [P0101], condition_zh: 已恢复, condition_en: done, source: local}]",
            "every class",
        ),
        (f"[{GENERAL}, {GENERAL}]", "twice"),
        (
            f"[{GENERAL}, {{id: b, classes: [X1], condition_zh: 已好, condition_en: ok, source: local}}]",
            "no class",
        ),
        ("[{id: A B}]", "rows"),
        ("7", "rows"),
    ],
)
def test_a_table_that_does_not_hold_together_is_refused(tmp_path: Path, rows: str, why: str) -> None:
    own = tmp_path / "closing.yaml"
    own.write_text(f'version: "2"\nrows: {rows}\n', encoding="utf-8")
    with pytest.raises(BrokenTable, match=why):
        load_closing(own)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    own = tmp_path_factory.getbasetemp() / "any.yaml"
    own.write_bytes(data)
    with pytest.raises(SonghuaError):
        load_closing(own)


def test_a_city_replaces_the_table(tmp_path: Path) -> None:
    own = tmp_path / "closing.yaml"
    own.write_text(f'version: "harbin-3"\nrows: [{GENERAL}]\n', encoding="utf-8")
    table = load_closing(own)
    assert (table.version, [one.condition_id for one in table.of("x@1/P0101")]) == ("harbin-3", ["restored"])
    assert load_closing().version == load_closing(TABLE).version
