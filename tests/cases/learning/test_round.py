"""Whole rounds that train, on confirmed cases: wrong before, right after, as before once rolled back."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cases.drafting.classify.calls import told
from cases.drafting.classify.features import features
from cases.drafting.classify.loading import LETTERS
from cases.drafting.classify.weights import Weights, unlined
from cases.learning.errors import NothingBefore
from cases.learning.material.groups import set_aside
from cases.learning.ports import CallRetention
from cases.learning.retraining.model import RoundResult
from cases.learning.service import SUBJECT, RetrainOptions
from cases.learning.versions.model import SHIPPED
from cases.learning.versions.store import CASES
from core.storage import Storage
from tests.cases.learning.town import PLAIN, Town
from tests.cases.learning.world import (
    LEAST_COMPARED,
    LID,
    HereTrainer,
    a_city,
    call_of,
    city_ledger,
    few,
    few_calls,
    file,
)
from tests.cases.rooms import ADMIN
from tests.storage import open_sqlite

pytestmark = pytest.mark.real
SAID = ("你好", "这边哐当板翘起来了", "你们快来看看吧")


class City(Town):
    """A town whose trainer trains on its own cases."""

    def __init__(self, storage: Storage, folder: Path, *, least: int = LEAST_COMPARED) -> None:
        self.trainer = HereTrainer(storage)
        super().__init__(storage, folder, self.trainer, least=least)

    def shows(self, said: tuple[str, ...] = SAID) -> tuple[str | None, float]:
        return super().shows(said)


@dataclass
class Trained:
    """One round on a city's cases, made once for the tests below."""

    database: Path
    folder: Path
    made: RoundResult
    audit: list[tuple[str, str, str, dict[str, Any]]]
    before: tuple[str | None, float]


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    place = tmp_path_factory.mktemp("round")
    folder = place / "classifiers"

    async def once() -> Trained:
        storage = city_ledger(place / "ledger.db")
        town = City(storage, folder)
        before = town.shows()
        outcome = await town.retraining.retrain(ADMIN, RetrainOptions())
        assert outcome.version == 1
        await storage.close()
        return Trained(place / "ledger.db", folder, outcome.made, town.audit.rows, before)

    return asyncio.run(once())


@pytest.fixture
async def town(trained: Trained, tmp_path: Path) -> AsyncIterator[City]:
    """The city as the round left it, for one test to do with it what it likes."""
    shutil.copytree(trained.folder, tmp_path / "classifiers")
    shutil.copy(trained.database, tmp_path / "ledger.db")
    storage = open_sqlite(tmp_path / "ledger.db")
    yield City(storage, tmp_path / "classifiers")
    await storage.close()


async def test_a_wording_that_the_shipped_weights_get_wrong_is_right_after_and_wrong_again_on_the_way_back(
    town: City, trained: Trained
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
    assert town.active_model.now.version == SHIPPED
    assert town.part.health().state == "up"
    with pytest.raises(NothingBefore):
        await town.retraining.roll_back(ADMIN)


async def test_the_figures_are_those_of_the_cases_that_were_set_aside(town: City, trained: Trained) -> None:
    manifest = town.version_store.manifest(1)
    city = a_city()
    aside = [one.case_id for one in city if set_aside(one.case_id)]
    compared = manifest.comparison.new.compared
    assert compared == manifest.counts.set_aside == len(aside) >= LEAST_COMPARED
    assert manifest.counts.cases + manifest.counts.left_out.get("tells-nothing", 0) == len(city) - len(aside)
    trained_on = (town.version_store.place(1) / CASES).read_text().split()
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


async def test_no_name_number_or_street_is_in_the_weights(town: City) -> None:
    letters = Weights.read(town.version_store.place(1) / LETTERS, kind="letters")
    pieces = set(unlined(letters.arrays["zh_pieces"]))
    invented = [(clause, row.language) for row in told(few_calls()) for clause in row.clauses]
    written = [(one.text.casefold(), one.language) for one in few()]
    shipped = {piece for text, language in [*written, *invented] for piece in features(text, language)}
    assert "哐当板" in pieces
    new = pieces - shipped
    assert not [one for one in new if set(one) & set("零幺〇")]
    assert not [one for one in new if "学府" in one or "府路" in one]
    assert not [one for one in new if "姓" in one and len(one) > 1 and one[-1] != "姓"]


async def test_a_second_round_compares_with_the_version_in_force_and_is_not_better_than_itself(
    town: City,
) -> None:
    outcome = await town.retraining.retrain(ADMIN, RetrainOptions())
    assert (outcome.against, outcome.version) == (1, None)
    assert [one.code for one in outcome.verdict.why] == ["nothing-better"]
    assert town.version_store.pointer().version == 1
    assert [one.number for one in town.version_store.versions()] == [1]
    assert not list(town.version_store.folder.glob(".making-*"))
    assert town.audit.rows[-1][3]["why"] == ["nothing-better"]


async def test_a_dry_run_compares_and_changes_nothing(town: City) -> None:
    seen = town.version_store.signature()
    steps: list[str] = []

    def tell(step: str, _done: int, _of: int) -> None:
        steps.append(step)

    outcome = await town.retraining.retrain(ADMIN, RetrainOptions(dry_run=True), tell)
    assert outcome.version is None
    assert outcome.made.comparison.new.compared >= LEAST_COMPARED
    assert town.version_store.signature() == seen
    assert list(dict.fromkeys(steps)) == ["reading", "choosing", "letters", "meaning", "comparing", "writing"]


async def test_cases_that_a_former_round_was_trained_on_are_not_compared(town: City) -> None:
    """A case that was trained on and is tied to one that is set aside now: the old weights know its words."""
    aside = next(one for one in a_city() if set_aside(one.case_id))
    listed = town.version_store.place(1) / CASES
    listed.write_text(listed.read_text() + f"{aside.case_id}\n")
    making = town.version_store.begin()
    made = await town.trainer.train(making, town.version_store.place(1), lambda *_: None)
    assert made.comparison.seen == 1
    assert made.comparison.new.compared == made.counts.set_aside - 1


async def test_too_few_set_aside_cases_switch_nothing(storage: Storage, tmp_path: Path) -> None:
    await file(storage, a_city(lids=12, others=12))
    town = City(storage, tmp_path / "classifiers")
    outcome = await town.retraining.retrain(ADMIN, RetrainOptions())
    assert outcome.version is None
    assert "too-few" in [one.code for one in outcome.verdict.why]
    assert town.version_store.pointer().version == SHIPPED


async def test_erased_and_confidential_cases_are_not_in_the_next_round(town: City) -> None:
    erased = [call_of(one.case_id) for one in a_city() if one.code == LID]
    town.trainer.ledger.of = dict.fromkeys(erased, CallRetention(erased=True))
    making = town.version_store.begin()
    made = await town.trainer.train(making, None, lambda *_: None)
    assert made.counts.left_out["erased"] == len(erased) >= 40
    assert "哐当板" not in unlined(Weights.read(making / LETTERS, kind="letters").arrays["zh_pieces"])
