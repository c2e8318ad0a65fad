"""Settings changed at run time: imported once, versioned, undone, applied again when that failed."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from core.actor import Actor, Role
from core.operations import OperationReused
from core.second_person import ApprovalWish, SecondPersonNeeded
from core.storage import Storage, StorageAway
from identity.approvals.service import Approvals
from identity.approvals.settings import ApprovalSettings
from runtime_settings.copy import ValuesCopy
from runtime_settings.errors import (
    NoSuchSetting,
    NoSuchSettingVersion,
    NothingToUndo,
    SettingChanged,
    SettingInvalid,
)
from runtime_settings.model import MOST_CHARACTERS, MOST_SHOWN_CHARACTERS, differences
from runtime_settings.service import RuntimeSettings
from tests.runtime_settings.plain_setting import NotedChanges, PlainSetting

LEAD = Actor("zhao.lei", "赵磊", frozenset({Role.SUPERVISOR}))
ADMIN = Actor("sun.li", "孙丽", frozenset({Role.ADMIN}))
NAME = "opening-hours"


def service(
    storage: Storage,
    setting: PlainSetting,
    *,
    audit: NotedChanges | None = None,
    copy: Path | None = None,
) -> RuntimeSettings:
    kept = None if copy is None else ValuesCopy(copy)
    return RuntimeSettings([setting], storage, audit or NotedChanges(), kept)


async def test_the_settings_file_is_imported_once(any_storage: Storage) -> None:
    setting = PlainSetting()
    first = await service(any_storage, setting).state(NAME)
    assert (first.version.number, first.version.value, first.version.by) == (
        1, {"ring": 20}, "system:settings-file",
    )  # fmt: skip
    setting.of_file = {"ring": 99}
    again = await service(any_storage, setting).state(NAME)
    assert (again.version.number, again.version.value) == (1, {"ring": 20})
    assert again.file_differs, "whoever edits the file is told that it is not read again"
    setting.of_file = {"ring": 20}
    changed = service(any_storage, setting)
    await changed.change(LEAD, NAME, {"ring": 30}, op_id=uuid4(), expected=1)
    assert not (await changed.state(NAME)).file_differs, "what the desk changed is no difference"


async def test_a_change_holds_is_audited_and_undone(any_storage: Storage) -> None:
    setting, audit = PlainSetting(), NotedChanges()
    settings = service(any_storage, setting, audit=audit)
    made = await settings.change(LEAD, NAME, {"ring": 30}, op_id=uuid4(), expected=1, comment="夏季")
    assert (made.number, made.by, made.comment) == (2, "zhao.lei", "夏季")
    assert setting.applied[-1] == {"ring": 30}
    who, subject, detail = audit.rows[-1]
    assert (who, subject) == ("zhao.lei settings.change", f"setting:{NAME}")
    assert detail["changes"] == [{"path": ["ring"], "before": 20, "after": 30}]

    back = await settings.undo(LEAD, NAME, op_id=uuid4(), expected=2)
    assert (back.number, back.value, back.restores) == (3, {"ring": 20}, 1)
    assert setting.applied[-1] == {"ring": 20}
    assert [one.number for one in await settings.history(NAME)] == [3, 2, 1]

    forward = await settings.undo(LEAD, NAME, op_id=uuid4(), to=2, expected=3)
    assert (forward.number, forward.value) == (4, {"ring": 30})


async def test_versions_are_listed_without_their_values(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = service(storage, PlainSetting())
    await settings.change(LEAD, NAME, {"ring": 30}, op_id=uuid4(), expected=1)

    def unread(data: bytes) -> Any:
        raise AssertionError(f"{len(data)} bytes of a value were read")

    monkeypatch.setattr("runtime_settings.store._unpacked", unread)
    newest, first = await settings.history(NAME)
    assert [(one.path, one.before, one.after) for one in newest.changes] == [(["ring"], 20, 30)]
    assert (first.number, first.changes) == (1, [])


async def test_what_the_audit_trail_cannot_take_is_not_changed(any_storage: Storage) -> None:
    setting, audit = PlainSetting(), NotedChanges(away=True)
    settings = service(any_storage, setting, audit=audit)
    with pytest.raises(StorageAway):
        await settings.change(LEAD, NAME, {"ring": 30}, op_id=uuid4(), expected=1)
    assert (await settings.state(NAME)).version.number == 1
    assert setting.applied == []


async def test_values_are_checked_beside_the_event_loop(storage: Storage) -> None:
    setting = PlainSetting()
    settings = service(storage, setting)
    await settings.state(NAME)
    await settings.change(LEAD, NAME, {"ring": 30}, op_id=uuid4(), expected=1)
    assert setting.checked_in
    assert threading.main_thread().name not in setting.checked_in


async def test_a_change_that_erases_more_waits_for_a_second_person(any_storage: Storage) -> None:
    setting, approvals = PlainSetting("retention", undoable=False), Approvals(any_storage, ApprovalSettings())
    settings = RuntimeSettings([setting], any_storage, NotedChanges(), None, second=approvals)
    op = uuid4()

    async def change(value: int) -> int:
        made = await settings.change(ADMIN, "retention", {"ring": value}, op_id=op, expected=1)
        return made.number

    with pytest.raises(SecondPersonNeeded) as refused:
        await change(1)
    told = refused.value.extra
    parameters = json.loads(str(told["parameters"]))
    assert (parameters["setting"], parameters["version"]) == ("retention", "1")
    assert parameters["change 1"] == "ring: 20 → 1"
    asked = await approvals.ask(ADMIN, ApprovalWish(str(told["act"]), parameters, "less is kept"), uuid4())
    with pytest.raises(SecondPersonNeeded, match="waits"):
        await change(1)
    await approvals.approve(LEAD, asked.number)
    with pytest.raises(SecondPersonNeeded):
        await change(2)
    assert setting.applied == []
    assert await change(1) == 2
    assert await change(1) == 2, "asked again"
    states = {one["number"]: one["state"] for one in await approvals.listed(LEAD, everything=True)}
    assert states == {asked.number: "done"}
    with pytest.raises(SecondPersonNeeded):
        await settings.undo(ADMIN, "retention", op_id=uuid4(), expected=2)


async def test_without_approvals_nothing_changes_for_ever(storage: Storage) -> None:
    settings = service(storage, PlainSetting("retention", undoable=False))
    with pytest.raises(SecondPersonNeeded):
        await settings.change(ADMIN, "retention", {"ring": 1}, op_id=uuid4(), expected=1)
    assert (await settings.state("retention")).version.number == 1


async def test_a_trial_changes_nothing(any_storage: Storage) -> None:
    setting = PlainSetting()
    settings = service(any_storage, setting)
    trial = await settings.trial(NAME, {"ring": 25})
    assert [one.model_dump() for one in trial.differences] == [{"path": ["ring"], "before": 20, "after": 25}]
    assert trial.effect.touches == {"calls": 5}
    assert (await settings.state(NAME)).version.number == 1
    assert setting.applied == []


async def test_what_is_refused_changes_nothing(any_storage: Storage) -> None:
    settings = service(any_storage, PlainSetting())
    op = uuid4()
    await settings.change(LEAD, NAME, {"ring": 30}, op_id=op, expected=1)
    assert (await settings.change(LEAD, NAME, {"ring": 30}, op_id=op, expected=1)).number == 2, "asked again"
    with pytest.raises(OperationReused):
        await settings.change(LEAD, NAME, {"ring": 31}, op_id=op, expected=2)
    with pytest.raises(SettingChanged):
        await settings.change(LEAD, NAME, {"ring": 31}, op_id=uuid4(), expected=1)
    with pytest.raises(SettingInvalid):
        await settings.change(LEAD, NAME, {"ring": "long"}, op_id=uuid4(), expected=2)
    with pytest.raises(NoSuchSetting):
        await settings.state("weather")
    with pytest.raises(NoSuchSettingVersion):
        await settings.undo(LEAD, NAME, op_id=uuid4(), to=9, expected=2)
    assert (await settings.state(NAME)).version.number == 2
    same = await settings.change(LEAD, NAME, {"ring": 30}, op_id=uuid4(), expected=2)
    assert same.number == 2, "the same value makes no version"


async def test_the_first_version_cannot_be_undone(any_storage: Storage) -> None:
    settings = service(any_storage, PlainSetting())
    with pytest.raises(NothingToUndo):
        await settings.undo(LEAD, NAME, op_id=uuid4(), expected=1)


async def test_an_undo_that_is_asked_again_is_done_once(any_storage: Storage) -> None:
    settings = service(any_storage, PlainSetting())
    await settings.change(LEAD, NAME, {"ring": 30}, op_id=uuid4(), expected=1)
    op = uuid4()
    for _ in range(2):
        assert (await settings.undo(LEAD, NAME, op_id=op, expected=2)).number == 3
    assert (await settings.state(NAME)).version.number == 3


async def test_what_another_process_changed_holds_here(any_storage: Storage) -> None:
    here, there = PlainSetting(), PlainSetting()
    settings, other = service(any_storage, here), service(any_storage, there)
    await settings.look()
    await other.change(LEAD, NAME, {"ring": 40}, op_id=uuid4(), expected=1)
    await settings.look()
    assert here.applied[-1] == {"ring": 40}
    count = len(here.applied)
    await settings.look()
    assert len(here.applied) == count, "what holds is not applied again"


async def test_a_change_is_applied_when_the_switch_is_back(any_storage: Storage) -> None:
    setting = PlainSetting(away=True)
    settings = service(any_storage, setting)
    made = await settings.change(LEAD, NAME, {"ring": 40}, op_id=uuid4(), expected=1)
    assert made.number == 2
    assert settings.faults == {NAME: "the switch does not answer"}
    setting.away = False
    await settings.look()
    assert setting.applied == [{"ring": 40}]
    assert settings.faults == {}


async def test_without_the_database_the_values_of_the_last_run_hold(storage: Storage, tmp_path: Path) -> None:
    copy = tmp_path / "settings.json"
    first = service(storage, PlainSetting(), copy=copy)
    await first.change(LEAD, NAME, {"ring": 40}, op_id=uuid4(), expected=1)
    setting = PlainSetting()
    await service(storage, setting, copy=copy).restore()
    assert setting.applied == [{"ring": 40}]


@pytest.mark.parametrize("text", ["", "[1]", '{"opening-hours": 7}', "{"])
async def test_a_damaged_copy_counts_as_none(storage: Storage, tmp_path: Path, text: str) -> None:
    copy = tmp_path / "settings.json"
    copy.write_text(text)
    setting = PlainSetting()
    await service(storage, setting, copy=copy).restore()
    assert setting.applied == []


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2, "b": 3}, [(["a"], 1, 2), (["b"], None, 3)]),
        ({"q": [{"name": "x", "w": 1}]}, {"q": [{"name": "x", "w": 2}]}, [(["q", "x", "w"], 1, 2)]),
        ({"q": [{"name": "x"}]}, {"q": []}, [(["q", "x"], {"name": "x"}, None)]),
        (
            {"p": [{"name_zh": "锦绣", "kind": "estate", "lon": 1}, {"name_zh": "锦绣", "kind": "park"}]},
            {"p": [{"name_zh": "锦绣", "kind": "estate", "lon": 2}, {"name_zh": "锦绣", "kind": "park"}]},
            [(["p", "锦绣 · estate", "lon"], 1, 2)],
        ),
        ({"q": [1, 2]}, {"q": [2]}, [(["q"], [1, 2], [2])]),
    ],
)
def test_differences_name_where_they_are(before: Any, after: Any, found: list[Any]) -> None:
    assert [(one.path, one.before, one.after) for one in differences(before, after)] == found


def test_differences_that_are_long_are_cut() -> None:
    (whole,) = differences([1], ["x" * 100_000])
    assert whole.before == [1]
    assert len(whole.after) < MOST_CHARACTERS + 20
    many = differences({}, {str(number): "x" * 3_000 for number in range(100)})
    assert sum(len(one.after) for one in many) <= MOST_SHOWN_CHARACTERS
