"""The shipped weights are made of the corpora that stand in the tree, and the commands that make them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cases.catalogue import load_catalogues
from cases.drafting.classify.loading import DATA, LETTERS, MEANING
from cases.drafting.classify.ranking import KIND, RANKING
from cases.drafting.classify.trained import NOTHING
from cases.drafting.classify.training import Sentence, digest, digest_told
from cases.drafting.classify.weights import Weights
from cases.drafting.danger.chances import WHOLE
from cases.drafting.intents.call import INTENTS
from cases.drafting.intents.chances import DATA as INTENTS_DATA
from cases.drafting.intents.ranking import KIND as INTENTS_KIND
from lab.corpora.calls import digest as digest_of_calls
from lab.training import classifiers, dangers
from lab.training.calls import LabelledCall, labelled, learned_from
from lab.training.intents import sentences as intent_sentences
from lab.training.out_of_fold import asked

CATALOGUE = load_catalogues().default


@pytest.fixture(scope="module")
def every() -> tuple[LabelledCall, ...]:
    return labelled(learned_from())


@pytest.mark.parametrize("name", classifiers.KINDS)
def test_the_shipped_weights_know_the_calls_and_sentences_that_stand_in_the_tree(
    name: str, every: tuple[LabelledCall, ...]
) -> None:
    """Whoever changes one trains anew: `python -m lab.training.classifiers`."""
    kind = classifiers.kind(name, every)
    if name == "danger":
        assert {row.code for row in kind.told} == {"", "110", "119", "120", "122"}
        assert {row.code for row in kind.whole} == {"", dangers.DANGER}
    for file, what in ((LETTERS, "letters"), (MEANING, "meaning")):
        known = Weights.read(kind.folder / file, kind=what).origin.trained_on
        assert known["sha256"] == digest(kind.every)
        assert known["cases_sha256"] == digest_told(kind.told)
    if not kind.whole:
        return
    known = Weights.read(kind.folder / WHOLE, kind=kind.whole_by).origin.trained_on
    assert known["cases_sha256"] == digest_told(kind.whole)
    assert known["sha256"] == digest(kind.whole_beside)


def test_both_rankings_are_learned_from_the_calls_that_stand_in_the_tree() -> None:
    """Whoever changes a call learns anew: `python -m lab.training.rankings`."""
    calls = {name: digest_of_calls(name) for name in asked()}
    for path, kind in ((DATA / RANKING, KIND), (INTENTS_DATA / RANKING, INTENTS_KIND)):
        assert Weights.read(path, kind=kind).origin.trained_on == calls


def test_every_intent_has_sentences_in_both_languages() -> None:
    known = {(one.code, one.language) for one in intent_sentences(CATALOGUE)}
    assert known == {(intent, language) for intent in (*INTENTS, "") for language in ("zh", "en")}


def test_the_sentences_of_dangers_are_many_and_of_every_kind() -> None:
    every = dangers.sentences()
    found = [one for one in every if one.code != NOTHING]
    assert len(found) >= 300
    assert len(every) - len(found) >= 400
    assert {one.code for one in found} == {"110", "119", "120", "122"}
    assert len({one.text for one in every}) == len(every)


def test_one_maker_makes_all_or_what_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = [
        Sentence("灯坏了", "P0137", "zh"), Sentence("谢谢", "", "zh"),
        Sentence("the lamp is broken", "P0137", "en"), Sentence("bye now", "", "en"),
    ]  # fmt: skip
    made: list[str] = []

    def kind(name: str) -> classifiers.ClassifierKind:
        made.append(name)
        return classifiers.ClassifierKind(tmp_path / name, few)

    monkeypatch.setattr(classifiers, "kind", kind)
    classifiers.main(["intent"])
    classifiers.main([])
    assert made == ["intent", *classifiers.KINDS]
    assert Weights.read(tmp_path / "danger" / LETTERS, kind="letters").origin.trained_on["sha256"] == digest(
        few
    )
    with pytest.raises(SystemExit):
        classifiers.main(["weather"])


def test_held_out_tells_of_each_classifier(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lamps = [("路灯不亮", "zh"), ("路灯坏了", "zh"), ("the lamp is out", "en"), ("the lamp broke", "en")]
    thanks = [("谢谢你", "zh"), ("好的谢谢", "zh"), ("thank you", "en"), ("bye thanks", "en")]
    few = [Sentence(text, "P0137", language) for text, language in lamps * 5]  # type: ignore[arg-type]
    few += [Sentence(text, "", language) for text, language in thanks * 5]  # type: ignore[arg-type]
    monkeypatch.setattr(classifiers, "kind", lambda _: classifiers.ClassifierKind(DATA, few))
    classifiers.main(["category", "--held-out"])
    told = capsys.readouterr().out
    assert {line.split(":")[0] for line in told.splitlines() if " told," in line} == {
        "zh letters", "zh meaning", "en letters", "en meaning",
    }  # fmt: skip
    assert "zh letters: 10 told, first 1.000, best 3 1.000" in told
