"""A whole round on confirmed cases: wrong before, right after, as before once it is rolled back.

The running part takes each of it up by looking; a damaged version is refused and what was asked is asked on.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cases.catalogue import load_catalogues, load_words
from cases.drafting.classify.features import features
from cases.drafting.classify.loading import LETTERS
from cases.drafting.classify.training import shipped as sentences
from cases.drafting.classify.weights import Weights, unlined
from cases.drafting.drafter import Drafter
from cases.errors import ReasonMissing
from cases.learning.errors import (
    BrokenVersion,
    NoFolder,
    NothingBefore,
    NothingToTrainOn,
    Overtaken,
    RetrainingRuns,
    TrainingFailed,
)
from cases.learning.material.groups import set_aside
from cases.learning.part import ClassifiersPart, Work
from cases.learning.ports import Kept, Progress
from cases.learning.retraining.model import Made
from cases.learning.service import SUBJECT, Retraining, Wish
from cases.learning.versions.model import SHIPPED
from cases.learning.versions.shelf import CASES, FILES, MANIFEST, POINTER, Shelf
from cases.learning.versions.standing import Standing
from cases.settings import RetrainingSettings
from core.errors import Forbidden, Invalid
from core.storage import Storage
from tests.cases.learning.world import (
    LID,
    HereTrainer,
    RememberedAudit,
    a_call,
    a_city,
    call_of,
    category,
    city_ledger,
    file,
    ids,
)
from tests.cases.rooms import ADMIN, AGENT, known
from tests.storage import open_sqlite

SAID = ("你好", "这边有个哐当板没了，晚上骑车差点掉下去", "你们快来看看吧")
PLAIN = ("你好", "路灯坏了，晚上不亮")


class Town:
    """A folder of versions, a trainer, and a drafter in service, on one storage."""

    def __init__(self, storage: Storage, folder: Path | None, *, least: int = 20) -> None:
        words, catalogue = load_words(), load_catalogues().default
        self.storage = storage
        self.standing = Standing(folder, words, catalogue)
        self.trainer = HereTrainer(storage)
        self.audit = RememberedAudit()
        self.retraining = Retraining(
            self.standing, self.trainer, self.audit, storage.clock, RetrainingSettings(least_compared=least)
        )
        self.drafter = Drafter(
            words=words,
            catalogue=catalogue,
            gazetteer=known().gazetteer,
            classifiers=self.standing.now.classifiers,
        )
        self.part = ClassifiersPart(self.standing, self.retraining, self.drafter.use, storage.clock)

    @property
    def shelf(self) -> Shelf:
        return self.retraining.shelf

    def shows(self, said: tuple[str, ...] = SAID) -> tuple[str | None, float]:
        return category(said, self.drafter)


@dataclass
class Trained:
    """One round on a city's cases, made once for the tests below."""

    database: Path
    folder: Path
    made: Made
    audit: list[tuple[str, str, str, dict[str, Any]]]
    before: tuple[str | None, float]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    place = tmp_path_factory.mktemp("round")
    folder = place / "classifiers"

    async def once() -> Trained:
        storage = city_ledger(place / "ledger.db")
        town = Town(storage, folder)
        before = town.shows()
        outcome = await town.retraining.retrain(ADMIN, Wish())
        assert outcome.version == 1
        await storage.close()
        return Trained(place / "ledger.db", folder, outcome.made, town.audit.rows, before)

    return asyncio.run(once())


@pytest.fixture
async def town(trained: Trained, tmp_path: Path) -> AsyncIterator[Town]:
    """The city as the round left it, for one test to do with it what it likes."""
    shutil.copytree(trained.folder, tmp_path / "classifiers")
    shutil.copy(trained.database, tmp_path / "ledger.db")
    storage = open_sqlite(tmp_path / "ledger.db")
    yield Town(storage, tmp_path / "classifiers")
    await storage.close()


async def test_a_wording_that_the_shipped_weights_get_wrong_is_right_after_and_wrong_again_on_the_way_back(
    town: Town, trained: Trained
) -> None:
    assert trained.before[0] != LID, "the shipped weights know this word: take another one"
    value, _ = town.shows()
    assert value == LID
    plain = town.shows(PLAIN)
    assert plain[0] == "P0137"
    assert await town.retraining.roll_back(ADMIN) == (SHIPPED, 1)
    assert town.shows()[0] == LID, "nothing changes before the part has looked"
    await town.part.look()
    assert town.shows() == trained.before
    assert town.standing.now.version == SHIPPED
    assert town.part.health().state == "up"
    with pytest.raises(NothingBefore):
        await town.retraining.roll_back(ADMIN)


async def test_the_figures_are_those_of_the_cases_that_were_set_aside(town: Town, trained: Trained) -> None:
    manifest = town.shelf.manifest(1)
    city = a_city()
    aside = [one.case_id for one in city if set_aside(one.case_id)]
    compared = manifest.comparison.new.compared
    assert compared == manifest.counts.set_aside == len(aside) >= 20
    assert manifest.counts.cases + manifest.counts.left_out.get("tells-nothing", 0) == len(city) - len(aside)
    trained_on = (town.shelf.place(1) / CASES).read_text().split()
    assert len(trained_on) == manifest.counts.cases
    assert not {str(one) for one in aside} & set(trained_on)
    old, new = manifest.comparison.old, manifest.comparison.new
    assert new.first > old.first
    assert new.sure_wrong <= old.sure_wrong
    assert manifest.by == ADMIN.id
    ((actor, action, subject, detail),) = trained.audit
    assert (actor, action, subject) == (ADMIN.id, "cases.retrain", SUBJECT)
    assert detail["version"] == 1
    assert detail["comparison"]["new"]["first"] == new.first


async def test_no_name_number_or_street_is_in_the_weights(town: Town) -> None:
    letters = Weights.read(town.shelf.place(1) / LETTERS, kind="letters")
    pieces = set(unlined(letters.arrays["zh_pieces"]))
    shipped = {
        piece
        for one in sentences(load_catalogues().default)
        for piece in features(one.text.casefold(), one.language)
    }
    assert "哐当板" in pieces
    new = pieces - shipped
    assert not [one for one in new if set(one) & set("零幺〇")]
    assert not [one for one in new if "学府" in one or "府路" in one]
    assert not [one for one in new if "姓" in one and len(one) > 1 and one[-1] != "姓"]


async def test_a_second_round_compares_with_the_version_in_force_and_is_not_better_than_itself(
    town: Town,
) -> None:
    outcome = await town.retraining.retrain(ADMIN, Wish())
    assert (outcome.against, outcome.version) == (1, None)
    assert [one.code for one in outcome.verdict.why] == ["nothing-better"]
    assert town.shelf.pointer().version == 1
    assert [one.number for one in town.shelf.versions()] == [1]
    assert not list(town.shelf.folder.glob(".making-*"))
    assert town.audit.rows[-1][3]["why"] == ["nothing-better"]


async def test_even_if_worse_needs_a_reason_that_stays(town: Town) -> None:
    with pytest.raises(ReasonMissing):
        await town.retraining.retrain(ADMIN, Wish(even_if_worse=True, reason="  "))
    with pytest.raises(Invalid):
        await town.retraining.retrain(ADMIN, Wish(even_if_worse=True, dry_run=True, reason="x"))
    outcome = await town.retraining.retrain(ADMIN, Wish(even_if_worse=True, reason="试试看"))
    assert outcome.version == 2
    assert not outcome.verdict.better
    assert town.shelf.manifest(2).reason == "试试看"
    assert town.audit.rows[-1][3]["reason"] == "试试看"
    assert await town.retraining.roll_back(ADMIN) == (1, 2)
    assert await town.retraining.roll_back(ADMIN) == (SHIPPED, 1)


async def test_a_dry_run_compares_and_changes_nothing(town: Town) -> None:
    seen = town.shelf.signature()
    steps: list[str] = []

    def tell(step: str, _done: int, _of: int) -> None:
        steps.append(step)

    outcome = await town.retraining.retrain(ADMIN, Wish(dry_run=True), tell)
    assert outcome.version is None
    assert outcome.made.comparison.new.compared >= 20
    assert town.shelf.signature() == seen
    assert list(dict.fromkeys(steps)) == ["reading", "choosing", "letters", "meaning", "comparing", "writing"]


async def test_cases_that_a_former_round_was_trained_on_are_not_compared(town: Town) -> None:
    """A case that was trained on and is tied to one that is set aside now: the old weights know its words."""
    aside = next(one for one in a_city() if set_aside(one.case_id))
    listed = town.shelf.place(1) / CASES
    listed.write_text(listed.read_text() + f"{aside.case_id}\n")
    making = town.shelf.begin()
    made = await town.trainer.train(making, town.shelf.place(1), lambda *_: None)
    assert made.comparison.seen == 1
    assert made.comparison.new.compared == made.counts.set_aside - 1


async def test_too_few_set_aside_cases_switch_nothing(storage: Storage, tmp_path: Path) -> None:
    await file(storage, a_city(lids=12, others=12))
    town = Town(storage, tmp_path / "classifiers", least=20)
    outcome = await town.retraining.retrain(ADMIN, Wish())
    assert outcome.version is None
    assert "too-few" in [one.code for one in outcome.verdict.why]
    assert town.shelf.pointer().version == SHIPPED


async def test_erased_and_confidential_cases_are_not_in_the_next_round(town: Town) -> None:
    for one in a_city():
        if one.code == LID:
            town.trainer.ledger.of[call_of(one.case_id)] = Kept(erased=True)
    outcome = await town.retraining.retrain(ADMIN, Wish(dry_run=True))
    assert outcome.made.counts.left_out["erased"] == 60
    making = town.shelf.begin()
    await town.trainer.train(making, None, lambda *_: None)
    assert "哐当板" not in unlined(Weights.read(making / LETTERS, kind="letters").arrays["zh_pieces"])


async def test_only_admins_may(town: Town) -> None:
    for act in (
        town.retraining.retrain(AGENT, Wish()),
        town.retraining.roll_back(AGENT),
        town.retraining.models(AGENT),
    ):
        with pytest.raises(Forbidden):
            await act
    assert town.audit.rows == []


async def test_without_a_folder_or_a_case_the_way_is_said(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(NoFolder) as none:
        await Town(storage, None).retraining.retrain(ADMIN, Wish())
    assert "/classifiers" in none.value.remedy
    town = Town(storage, tmp_path / "classifiers")
    with pytest.raises(NothingToTrainOn):
        await town.retraining.retrain(ADMIN, Wish())
    await file(storage, [a_call(one, "你好", LID, n) for n, one in enumerate(ids(2, aside=True))])
    with pytest.raises(NothingToTrainOn):
        await town.retraining.retrain(ADMIN, Wish())


class Failing:
    """A trainer that writes half a file and ends; or says that all is well over weights that are none."""

    def __init__(self, error: Exception | None, like: Made | None = None) -> None:
        self._error, self._like = error, like

    async def train(self, folder: Path, old: Path | None, progress: Progress) -> Made:
        (folder / LETTERS).write_bytes(b"half")
        if self._error is not None:
            raise self._error
        assert self._like is not None
        return self._like


class Ready(Failing):
    """Gives the weights of version 1 as new ones; meanwhile an admin does something."""

    def __init__(self, town: Town, like: Made, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__(None, like)
        self._place, self._meanwhile = town.shelf.place(1), meanwhile

    async def train(self, folder: Path, old: Path | None, progress: Progress) -> Made:
        assert self._like is not None
        for name in FILES:
            shutil.copy(self._place / name, folder / name)
        await self._meanwhile()
        return self._like


@pytest.mark.parametrize("wish", [Wish(), Wish(even_if_worse=True, reason="x"), Wish(dry_run=True)])
async def test_bad_weights_are_rolled_back_while_training_runs_and_its_end_does_not_undo_that(
    town: Town, trained: Trained, wish: Wish
) -> None:
    """The new weights were compared with version 1, which nobody wants any more."""

    async def back() -> None:
        assert await town.retraining.roll_back(ADMIN) == (SHIPPED, 1)

    town.retraining._trainer = Ready(town, trained.made, back)
    if wish.dry_run:
        assert (await town.retraining.retrain(ADMIN, wish)).version is None
    else:
        with pytest.raises(Overtaken, match="version 0 is in force"):
            await town.retraining.retrain(ADMIN, wish)
    assert town.shelf.pointer().version == SHIPPED
    assert [one.number for one in town.shelf.versions()] == [1]
    assert not list(town.shelf.folder.glob(".making-*"))
    acts = [(action, detail.get("version")) for _, action, _, detail in town.audit.rows]
    assert acts[0][0] == "cases.roll-back-classifiers"
    assert acts[1:] == ([("cases.retrain", None)] if wish.dry_run else [])
    with town.shelf.lock(), town.shelf.training():
        pass


async def test_a_round_waits_at_its_end_for_a_way_back_that_is_under_way(
    town: Town, trained: Trained
) -> None:
    """Minutes of training are not thrown away for a lock that is held for moments."""
    held = ExitStack()

    async def somebody() -> None:
        held.enter_context(Shelf(town.shelf.folder).lock())
        asyncio.get_running_loop().call_later(0.15, held.close)

    town.retraining._trainer = Ready(town, trained.made, somebody)
    assert (await town.retraining.retrain(ADMIN, Wish(even_if_worse=True, reason="x"))).version == 2


async def test_who_holds_the_lock_for_long_is_not_waited_for(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cases.learning.service.TURN_S", 0.0)
    with town.shelf.lock(), pytest.raises(RetrainingRuns):
        await town.retraining.roll_back(ADMIN)
    assert town.audit.rows == []


@pytest.mark.parametrize("error", [TrainingFailed("it was killed"), None])
async def test_training_that_fails_leaves_everything_as_it_was(
    town: Town, trained: Trained, error: Exception | None
) -> None:
    town.retraining._trainer = Failing(error, trained.made)
    seen = town.shelf.signature()
    with pytest.raises(TrainingFailed):
        await town.retraining.retrain(ADMIN, Wish(even_if_worse=True, reason="x"))
    assert town.shelf.signature() == seen
    assert not list(town.shelf.folder.glob(".making-*"))
    assert town.audit.rows == []


async def test_an_audit_trail_that_cannot_be_written_switches_nothing(town: Town) -> None:
    class Away:
        async def record(self, *_: object) -> None:
            raise OSError("the database is away")

    town.retraining._audit = Away()
    seen = town.shelf.signature()
    with pytest.raises(OSError, match="away"):
        await town.retraining.retrain(ADMIN, Wish(even_if_worse=True, reason="x"))
    with pytest.raises(OSError, match="away"):
        await town.retraining.roll_back(ADMIN)
    assert town.shelf.signature() == seen


# --- a process that runs -----------------------------------------------------------------------


def damage(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 0xFF
    file.write_bytes(content)


async def test_a_running_process_refuses_a_damaged_version_and_goes_on_with_what_it_has(town: Town) -> None:
    before = town.shows()
    assert before[0] == LID
    whole = (town.shelf.place(1) / LETTERS).read_bytes()
    damage(town.shelf.place(1) / LETTERS)
    await town.part.look()
    assert town.shows() == before
    health = town.part.health()
    assert health.state == "degraded"
    assert "version 1 is used" in health.why
    assert LETTERS in health.why
    assert "--roll-back" in health.why
    with pytest.raises(BrokenVersion):
        await town.retraining.retrain(ADMIN, Wish())
    assert (await town.retraining.models(ADMIN)).fault
    (town.shelf.place(1) / LETTERS).write_bytes(whole)
    await town.part.look()
    assert town.part.health().state == "up"
    assert town.shows() == before


async def test_a_version_that_its_hash_vouches_for_is_still_tried_before_it_is_used(town: Town) -> None:
    """Weights for other classes, whole by their hash: made by a program of another catalogue."""
    before = town.shows()
    await town.retraining.roll_back(ADMIN)
    await town.part.look()
    old = town.shows()
    place = town.shelf.place(1)
    weights = Weights.read(place / LETTERS, kind="letters")
    cut = {**weights.arrays, "zh_weights": weights.arrays["zh_weights"][:-1]}
    sha256 = Weights(weights.origin, cut).write(place / LETTERS)
    manifest = json.loads((place / MANIFEST).read_text())
    manifest["files"][LETTERS] = sha256
    (place / MANIFEST).write_text(json.dumps(manifest))
    town.shelf.point(town.shelf.pointer().after(1, town.shelf.sha256(1), at=town.storage.clock.now(), by="x"))
    await town.part.look()
    assert town.shows() == old != before
    assert "do not belong together" in town.part.health().why
    nan = {**weights.arrays, "zh_biases": np.full_like(weights.arrays["zh_biases"], np.nan)}
    manifest["files"][LETTERS] = Weights(weights.origin, nan).write(place / LETTERS)
    (place / MANIFEST).write_text(json.dumps(manifest))
    town.shelf.point(town.shelf.pointer().model_copy(update={"sha256": town.shelf.sha256(1)}))
    await town.part.look()
    assert town.shows() == old


async def test_a_start_with_a_damaged_version_uses_the_shipped_weights_and_says_so(
    town: Town, trained: Trained
) -> None:
    damage(town.shelf.place(1) / LETTERS)
    again = Town(town.storage, town.shelf.folder)
    assert again.shows() == trained.before
    assert again.standing.now.version == SHIPPED
    assert "the shipped ones are used" in again.part.health().why
    assert await again.retraining.roll_back(ADMIN) == (SHIPPED, 1)
    await again.part.look()
    assert again.part.health().state == "up"


async def test_a_damaged_pointer_keeps_what_is_used_and_the_way_back_mends_it(town: Town) -> None:
    before = town.shows()
    (town.shelf.folder / POINTER).write_text("{")
    await town.part.look()
    assert town.shows() == before
    assert POINTER in town.part.health().why
    assert (await town.retraining.models(ADMIN)).pointer is None
    version, _ = await town.retraining.roll_back(ADMIN)
    assert version == SHIPPED
    await town.part.look()
    assert town.part.health().state == "up"


async def test_a_former_version_that_is_damaged_is_passed_over(town: Town) -> None:
    await town.retraining.retrain(ADMIN, Wish(even_if_worse=True, reason="x"))
    damage(town.shelf.place(1) / LETTERS)
    assert await town.retraining.roll_back(ADMIN) == (SHIPPED, 2)


async def test_back_to_a_named_version_and_only_to_one_that_was_in_force(town: Town) -> None:
    await town.retraining.retrain(ADMIN, Wish(even_if_worse=True, reason="x"))
    with pytest.raises(NothingBefore):
        await town.retraining.roll_back(ADMIN, to=2)
    with pytest.raises(NothingBefore):
        await town.retraining.roll_back(ADMIN, to=7)
    assert await town.retraining.roll_back(ADMIN, to=SHIPPED) == (SHIPPED, 2)
    assert town.shelf.pointer().before == ()


async def test_the_watch_takes_a_switch_up_by_itself(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cases.learning.part.LOOK_EVERY_S", 0.01)
    await town.part.start()
    try:
        await town.retraining.roll_back(ADMIN)
        async with asyncio.timeout(20):
            while town.standing.now.version != SHIPPED:
                await asyncio.sleep(0.01)
        assert town.shows()[0] != LID
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


def runs(work: Work) -> bool:
    return work.running


async def test_in_the_background_one_round_at_a_time_and_its_end_can_be_read(town: Town) -> None:
    work = town.part.begin(ADMIN, Wish(dry_run=True))
    assert runs(work)
    with pytest.raises(RetrainingRuns):
        town.part.begin(ADMIN, Wish(dry_run=True))
    with pytest.raises(Forbidden):
        town.part.begin(AGENT, Wish())
    async with asyncio.timeout(60):
        while runs(work):
            await asyncio.sleep(0.02)
    assert work.outcome is not None
    assert work.failure is None
    with town.shelf.training():
        again = town.part.begin(ADMIN, Wish(dry_run=True))
        async with asyncio.timeout(60):
            while runs(again):
                await asyncio.sleep(0.01)
    assert isinstance(again.failure, RetrainingRuns)
    await town.part.stop()
