"""Switching and going back, without any training; the running part takes each of it up by looking.

A damaged version is refused and what was asked is asked on.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from cases.drafting.classify.loading import LETTERS
from cases.drafting.classify.weights import Weights
from cases.errors import CaseReasonMissing
from cases.learning.errors import (
    BrokenVersion,
    NoFolder,
    NothingBefore,
    NothingToTrainOn,
    Overtaken,
    RetrainingRuns,
    TrainingFailed,
)
from cases.learning.part import RoundProgress
from cases.learning.ports import Progress
from cases.learning.retraining.model import RoundResult
from cases.learning.service import RetrainOptions
from cases.learning.versions.model import SHIPPED
from cases.learning.versions.store import MANIFEST, POINTER, VersionStore
from core.errors import Forbidden, Invalid
from core.storage import Storage
from tests.cases.learning.town import LAMP, SAME, Ready, Town, fill, kept
from tests.cases.learning.world import LID, HereTrainer, a_call, file, ids
from tests.cases.rooms import ADMIN, AGENT


@pytest.fixture
async def town(storage: Storage, tmp_path: Path) -> Town:
    """Version 1 is in force and in use."""
    kept(VersionStore(tmp_path / "classifiers"))
    return Town(storage, tmp_path / "classifiers")


async def test_even_if_worse_needs_a_reason_that_stays(town: Town) -> None:
    with pytest.raises(CaseReasonMissing):
        await town.retraining.retrain(ADMIN, RetrainOptions(even_if_worse=True, reason="  "))
    with pytest.raises(Invalid):
        await town.retraining.retrain(ADMIN, RetrainOptions(even_if_worse=True, dry_run=True, reason="x"))
    town.retraining._trainer = Ready(comparison=SAME)
    assert (await town.retraining.retrain(ADMIN, RetrainOptions())).version is None
    assert [one.number for one in town.version_store.versions()] == [1]
    outcome = await town.retraining.retrain(ADMIN, RetrainOptions(even_if_worse=True, reason="试试看"))
    assert outcome.version == 2
    assert not outcome.verdict.better
    assert town.version_store.manifest(2).reason == "试试看"
    assert town.audit.rows[-1][3]["reason"] == "试试看"
    assert await town.retraining.roll_back(ADMIN) == (1, 2)
    assert await town.retraining.roll_back(ADMIN) == (SHIPPED, 1)


async def test_only_admins_may(town: Town) -> None:
    for act in (
        town.retraining.retrain(AGENT, RetrainOptions()),
        town.retraining.roll_back(AGENT),
        town.retraining.models(AGENT),
    ):
        with pytest.raises(Forbidden):
            await act
    assert town.audit.rows == []


async def test_without_a_folder_or_a_case_the_way_is_said(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(NoFolder) as none:
        await Town(storage, None).retraining.retrain(ADMIN, RetrainOptions())
    assert "/classifiers" in none.value.remedy
    town = Town(storage, tmp_path / "classifiers", HereTrainer(storage))
    with pytest.raises(NothingToTrainOn):
        await town.retraining.retrain(ADMIN, RetrainOptions())
    await file(storage, [a_call(one, "你好", LID, n) for n, one in enumerate(ids(2, aside=True))])
    with pytest.raises(NothingToTrainOn):
        await town.retraining.retrain(ADMIN, RetrainOptions())


@pytest.mark.parametrize(
    "wish", [RetrainOptions(), RetrainOptions(even_if_worse=True, reason="x"), RetrainOptions(dry_run=True)]
)
async def test_bad_weights_are_rolled_back_while_training_runs_and_its_end_does_not_undo_that(
    town: Town, wish: RetrainOptions
) -> None:
    """The new weights were compared with version 1, which nobody wants any more."""

    async def back() -> None:
        assert await town.retraining.roll_back(ADMIN) == (SHIPPED, 1)

    town.retraining._trainer = Ready(back)
    if wish.dry_run:
        assert (await town.retraining.retrain(ADMIN, wish)).version is None
    else:
        with pytest.raises(Overtaken, match="version 0 is in force"):
            await town.retraining.retrain(ADMIN, wish)
    assert town.version_store.pointer().version == SHIPPED
    assert [one.number for one in town.version_store.versions()] == [1]
    assert not list(town.version_store.folder.glob(".making-*"))
    acts = [(action, detail.get("version")) for _, action, _, detail in town.audit.rows]
    assert acts[0][0] == "cases.roll-back-classifiers"
    assert acts[1:] == ([("cases.retrain", None)] if wish.dry_run else [])
    with town.version_store.lock(), town.version_store.training():
        pass


async def test_a_round_waits_at_its_end_for_a_way_back_that_is_under_way(town: Town) -> None:
    """Minutes of training are not thrown away for a lock that is held for moments."""
    held = ExitStack()

    async def somebody() -> None:
        held.enter_context(VersionStore(town.version_store.folder).lock())
        asyncio.get_running_loop().call_later(0.15, held.close)

    town.retraining._trainer = Ready(somebody)
    assert (await town.retraining.retrain(ADMIN, RetrainOptions(even_if_worse=True, reason="x"))).version == 2


async def test_who_holds_the_lock_for_long_is_not_waited_for(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cases.learning.service.TURN_S", 0.0)
    with town.version_store.lock(), pytest.raises(RetrainingRuns):
        await town.retraining.roll_back(ADMIN)
    assert town.audit.rows == []


class Failing(Ready):
    """A trainer that writes half a file and ends; or says that all is well over weights that are none."""

    def __init__(self, error: Exception | None) -> None:
        super().__init__()
        self._error = error

    async def train(self, folder: Path, old: Path | None, progress: Progress) -> RoundResult:
        made = await super().train(folder, old, progress)
        (folder / LETTERS).write_bytes(b"half")
        if self._error is not None:
            raise self._error
        return made


@pytest.mark.parametrize("error", [TrainingFailed("it was killed"), None])
async def test_training_that_fails_leaves_everything_as_it_was(town: Town, error: Exception | None) -> None:
    town.retraining._trainer = Failing(error)
    seen = town.version_store.signature()
    with pytest.raises(TrainingFailed):
        await town.retraining.retrain(ADMIN, RetrainOptions(even_if_worse=True, reason="x"))
    assert town.version_store.signature() == seen
    assert not list(town.version_store.folder.glob(".making-*"))
    assert town.audit.rows == []


async def test_an_audit_trail_that_cannot_be_written_switches_nothing(town: Town) -> None:
    class Away:
        async def record(self, *_: object) -> None:
            raise OSError("the database is away")

    town.retraining._audit = Away()
    seen = town.version_store.signature()
    with pytest.raises(OSError, match="away"):
        await town.retraining.retrain(ADMIN, RetrainOptions(even_if_worse=True, reason="x"))
    with pytest.raises(OSError, match="away"):
        await town.retraining.roll_back(ADMIN)
    assert town.version_store.signature() == seen


# --- a process that runs -----------------------------------------------------------------------


def damage(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


async def test_a_running_process_refuses_a_damaged_version_and_goes_on_with_what_it_has(town: Town) -> None:
    before = town.shows()
    assert before[0] == LID
    whole = (town.version_store.place(1) / LETTERS).read_bytes()
    damage(town.version_store.place(1) / LETTERS)
    await town.part.look()
    assert town.shows() == before
    health = town.part.health()
    assert health.state == "degraded"
    assert "version 1 is used" in health.why
    assert LETTERS in health.why
    assert "--roll-back" in health.why
    with pytest.raises(BrokenVersion):
        await town.retraining.retrain(ADMIN, RetrainOptions())
    assert (await town.retraining.models(ADMIN)).fault
    (town.version_store.place(1) / LETTERS).write_bytes(whole)
    await town.part.look()
    assert town.part.health().state == "up"
    assert town.shows() == before


async def test_a_version_that_its_hash_vouches_for_is_still_tried_before_it_is_used(town: Town) -> None:
    """Weights for other classes, whole by their hash: made by a program of another catalogue."""
    before = town.shows()
    await town.retraining.roll_back(ADMIN)
    await town.part.look()
    old = town.shows()
    place = town.version_store.place(1)
    weights = Weights.read(place / LETTERS, kind="letters")
    cut = {**weights.arrays, "zh_weights": weights.arrays["zh_weights"][:-1]}
    sha256 = Weights(weights.origin, cut).write(place / LETTERS)
    manifest = json.loads((place / MANIFEST).read_text())
    manifest["files"][LETTERS] = sha256
    (place / MANIFEST).write_text(json.dumps(manifest))
    town.version_store.point(
        town.version_store.pointer().after(
            1, town.version_store.sha256(1), at=town.storage.clock.now(), by="x"
        )
    )
    await town.part.look()
    assert town.shows() == old != before
    assert "do not belong together" in town.part.health().why
    nan = {**weights.arrays, "zh_biases": np.full_like(weights.arrays["zh_biases"], np.nan)}
    manifest["files"][LETTERS] = Weights(weights.origin, nan).write(place / LETTERS)
    (place / MANIFEST).write_text(json.dumps(manifest))
    town.version_store.point(
        town.version_store.pointer().model_copy(update={"sha256": town.version_store.sha256(1)})
    )
    await town.part.look()
    assert town.shows() == old


def unfit(folder: Path) -> None:
    """Whole by their hash, and of a catalogue that this program has not."""
    fill(folder)
    weights = Weights.read(folder / LETTERS, kind="letters")
    other = weights.origin.model_copy(update={"scheme_version": "1999"})
    Weights(other, weights.arrays).write(folder / LETTERS)


async def test_a_round_tries_what_is_in_force_before_it_trains_for_minutes(town: Town) -> None:
    town.retraining._trainer = trainer = Ready()
    kept(town.version_store, unfit)
    await town.part.look()
    assert town.part.health().why.endswith("songhua cases retrain --roll-back, then retrain")
    with pytest.raises(BrokenVersion, match="1999") as broken:
        await town.retraining.retrain(ADMIN, RetrainOptions())
    assert "--roll-back" in broken.value.remedy
    assert trainer.trained == 0
    assert await town.retraining.roll_back(ADMIN) == (1, 2)
    assert (await town.retraining.retrain(ADMIN, RetrainOptions())).version == 3
    await town.part.look()
    assert town.part.health().state == "up"


async def test_a_way_back_tries_the_old_weights_on_first(town: Town) -> None:
    """Of those that were in force before a new catalogue came with the program."""
    kept(town.version_store, unfit)
    kept(town.version_store)
    seen = town.version_store.signature()
    with pytest.raises(BrokenVersion, match="version 2") as refused:
        await town.retraining.roll_back(ADMIN, to=2)
    assert "songhua cases models" in refused.value.remedy
    assert town.version_store.signature() == seen
    assert town.audit.rows == []
    assert await town.retraining.roll_back(ADMIN) == (1, 3)
    await town.part.look()
    assert town.active_model.now.version == 1


async def test_a_damaged_version_by_name_is_refused_with_what_to_do_instead(town: Town) -> None:
    kept(town.version_store)
    damage(town.version_store.place(1) / LETTERS)
    with pytest.raises(BrokenVersion, match=LETTERS) as refused:
        await town.retraining.roll_back(ADMIN, to=1)
    assert "another" in refused.value.remedy


async def test_a_start_with_a_damaged_version_uses_the_shipped_weights_and_says_so(town: Town) -> None:
    damage(town.version_store.place(1) / LETTERS)
    again = Town(town.storage, town.version_store.folder)
    assert again.shows()[0] == LAMP
    assert again.active_model.now.version == SHIPPED
    assert "the shipped ones are used" in again.part.health().why
    assert await again.retraining.roll_back(ADMIN) == (SHIPPED, 1)
    await again.part.look()
    assert again.part.health().state == "up"


async def test_a_damaged_pointer_keeps_what_is_used_and_the_way_back_mends_it(town: Town) -> None:
    before = town.shows()
    (town.version_store.folder / POINTER).write_text("{")
    await town.part.look()
    assert town.shows() == before
    assert POINTER in town.part.health().why
    assert (await town.retraining.models(ADMIN)).pointer is None
    version, _ = await town.retraining.roll_back(ADMIN)
    assert version == SHIPPED
    await town.part.look()
    assert town.part.health().state == "up"


async def test_a_former_version_that_is_damaged_is_passed_over(town: Town) -> None:
    await town.retraining.retrain(ADMIN, RetrainOptions(even_if_worse=True, reason="x"))
    damage(town.version_store.place(1) / LETTERS)
    assert await town.retraining.roll_back(ADMIN) == (SHIPPED, 2)


async def test_back_to_a_named_version_and_only_to_one_that_was_in_force(town: Town) -> None:
    await town.retraining.retrain(ADMIN, RetrainOptions(even_if_worse=True, reason="x"))
    with pytest.raises(NothingBefore):
        await town.retraining.roll_back(ADMIN, to=2)
    with pytest.raises(NothingBefore):
        await town.retraining.roll_back(ADMIN, to=7)
    assert await town.retraining.roll_back(ADMIN, to=SHIPPED) == (SHIPPED, 2)
    assert town.version_store.pointer().before == ()


async def test_the_watch_takes_a_switch_up_by_itself(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cases.learning.part.LOOK_EVERY_S", 0.01)
    await town.part.start()
    try:
        await town.retraining.roll_back(ADMIN)
        async with asyncio.timeout(20):
            while town.active_model.now.version != SHIPPED:
                await asyncio.sleep(0.01)
        assert town.shows()[0] == LAMP
    finally:
        await town.part.stop()


async def test_calls_go_on_while_new_weights_are_loaded(town: Town) -> None:
    """The loop turns meanwhile: nothing of the loading is done in it."""
    await town.retraining.roll_back(ADMIN)
    longest = last = 0.0
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    async def beat() -> None:
        nonlocal longest, last
        last = loop.time()
        while not ended.is_set():
            await asyncio.sleep(0.002)
            longest = max(longest, loop.time() - last)
            last = loop.time()

    beating = asyncio.ensure_future(beat())
    began = loop.time()
    await town.part.look()
    took = loop.time() - began
    ended.set()
    await beating
    assert longest < max(0.1, took / 2), (longest, took)


def runs(work: RoundProgress) -> bool:
    return work.running


async def ended(work: RoundProgress) -> None:
    async with asyncio.timeout(20):
        while runs(work):
            await asyncio.sleep(0.01)


async def test_in_the_background_one_round_at_a_time_and_its_end_can_be_read(town: Town) -> None:
    go_on = asyncio.Event()
    town.retraining._trainer = Ready(go_on.wait)
    work = town.part.begin(ADMIN, RetrainOptions())
    with pytest.raises(RetrainingRuns):
        town.part.begin(ADMIN, RetrainOptions(dry_run=True))
    with pytest.raises(Forbidden):
        town.part.begin(AGENT, RetrainOptions())
    async with asyncio.timeout(20):
        while work.step != "letters":
            await asyncio.sleep(0.01)
    go_on.set()
    await ended(work)
    assert work.outcome is not None
    assert work.failure is None
    assert town.active_model.now.version == work.outcome.version == 2
    with town.version_store.training():
        again = town.part.begin(ADMIN, RetrainOptions(dry_run=True))
        await ended(again)
    assert isinstance(again.failure, RetrainingRuns)
    await town.part.stop()
