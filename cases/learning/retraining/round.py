"""One round, in a process of its own: read the confirmed cases, train, compare. It switches nothing."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import monotonic
from uuid import UUID

from cases.catalogue.loading import load_words
from cases.catalogue.model import Catalogue
from cases.catalogue.words import DraftingWords
from cases.drafting.classify.calls import told as told_in
from cases.drafting.classify.loading import DATA, LETTERS, MEANING, load_encoder, trained
from cases.drafting.classify.training import (
    MOST_SENTENCES,
    Sentence,
    TrainingCall,
    digest,
    shipped,
    trained_meaning,
    trained_wordings,
)
from cases.drafting.invented_calls import calls
from cases.gazetteer.lookup import Gazetteer
from cases.learning.errors import NothingToTrainOn
from cases.learning.material.groups import groups, set_aside
from cases.learning.material.masking import Masker
from cases.learning.material.model import Material
from cases.learning.material.reading import MaterialSet, material
from cases.learning.ports import CallLedger, Progress
from cases.learning.retraining.comparison import Comparing
from cases.learning.retraining.model import ClassifierComparison, RoundResult, TrainingCounts
from cases.learning.retraining.rows import told
from cases.learning.versions.store import CASES, files_of
from core.storage import Storage

MOST_COMPARED = 2_000
"""Set-aside cases that are compared, the newest: more would only narrow the interval below 2 points."""


@dataclass(frozen=True, slots=True)
class TrainingRound:
    """`old` is the folder of the weights to compare with, None for the shipped ones."""

    storage: Storage
    ledger: CallLedger
    catalogue: Catalogue
    gazetteer: Gazetteer
    folder: Path
    old: Path | None
    progress: Progress

    async def run(self) -> RoundResult:
        """The new weights and the list of cases are in `folder` afterwards. Raises `NothingToTrainOn`."""
        began = monotonic()
        words, sentences = load_words(), shipped(self.catalogue)
        invented = told_in(calls(self.catalogue))
        reading = MaterialSet(self.storage, self.ledger, self.catalogue)
        known = await self._read(reading, words, MOST_SENTENCES - len(sentences))
        sides = _sides(known)
        self.progress("choosing", 0, 0)
        rows = told(sentences, [one for one in known if not sides[one.case_id].aside])
        left_out = Counter(reading.left_out)
        left_out["tells-nothing"] = sum(not one.aside for one in sides.values()) - len(rows)
        if not rows:
            raise NothingToTrainOn(
                _why_nothing(left_out), remedy="train again when agents have confirmed more cases"
            )
        pieces_left_out = self._train(sentences, [*invented, *rows.values()])
        (self.folder / CASES).write_text("".join(f"{one}\n" for one in sorted(rows)), encoding="ascii")
        comparison = await self._compare(words, known, sides)
        self.progress("writing", 0, 0)
        return RoundResult(
            counts=TrainingCounts(
                sentences=len(sentences),
                cases=len(rows),
                transcripts=sum(one.source == "transcript" for one in known if one.case_id in rows),
                descriptions=sum(one.source == "description" for one in known if one.case_id in rows),
                set_aside=sum(one.aside for one in sides.values()),
                left_out={why: count for why, count in sorted(left_out.items()) if count},
                pieces_left_out=pieces_left_out,
                classes=len({one.code for one in rows.values()}),
            ),
            comparison=comparison,
            files=files_of(self.folder),
            shipped=digest(sentences),
            scheme=self.catalogue.scheme,
            scheme_version=self.catalogue.version,
            seconds=round(monotonic() - began, 1),
            peak_mb=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        )

    async def _read(self, reading: MaterialSet, words: DraftingWords, most: int) -> list[Material]:
        """The newest cases that may be used, masked, at most `most`."""
        masker = Masker(words, self.gazetteer)
        whole, looked_at = await reading.count(), 0
        found: list[Material] = []
        async for page in reading.all():
            for one in page:
                masked = material(one, masker)
                if masked is None:
                    reading.left_out["no-words"] += 1
                else:
                    found.append(masked)
            looked_at = len(found) + reading.left_out.total()
            self.progress("reading", looked_at, whole)
            if len(found) >= most:
                reading.left_out["too-many"] += max(0, whole - looked_at) + len(found) - most
                return found[:most]
        return found

    def _train(self, sentences: Sequence[Sentence], rows: Sequence[TrainingCall]) -> int:
        letters = trained_wordings(
            sentences,
            self.catalogue,
            version="confirmed",
            told=rows,
            on_step=partial(self.progress, "letters"),
        )
        letters.write(self.folder / LETTERS)
        meaning = trained_meaning(
            sentences,
            self.catalogue,
            load_encoder(),
            version="confirmed",
            told=rows,
            on_step=partial(self.progress, "meaning"),
        )
        meaning.write(self.folder / MEANING)
        return int(letters.origin.trained_on["pieces_left_out"])

    async def _compare(
        self, words: DraftingWords, known: Sequence[Material], sides: Mapping[UUID, _Side]
    ) -> ClassifierComparison:
        """Of the newest set-aside cases of whose group the old weights know nothing."""
        seen = _trained_on(self.old)
        tainted = {side.group for case_id, side in sides.items() if case_id in seen}
        aside = [one for one in known if sides[one.case_id].aside]
        fresh = [one.case_id for one in aside if sides[one.case_id].group not in tainted]
        comparing = Comparing(
            words,
            self.catalogue,
            self.gazetteer,
            old=trained(self.catalogue, self.old or DATA),
            new=trained(self.catalogue, self.folder),
        )
        wanted = fresh[:MOST_COMPARED]
        again = MaterialSet(self.storage, self.ledger, self.catalogue)
        done = 0
        async for page in again.of(wanted):
            for one in page:
                comparing.look(one.heard, one.code, described=one.source == "description")
                done += 1
                self.progress("comparing", done, len(wanted))
        return comparing.result(seen=len(aside) - len(fresh))


@dataclass(frozen=True, slots=True)
class _Side:
    group: UUID
    aside: bool


def _sides(known: Sequence[Material]) -> dict[UUID, _Side]:
    first = groups({one.case_id: one.repeats for one in known})
    return {case_id: _Side(group, set_aside(group)) for case_id, group in first.items()}


def _trained_on(folder: Path | None) -> Collection[UUID]:
    if folder is None:
        return frozenset()
    return {UUID(line) for line in (folder / CASES).read_text(encoding="ascii").split()}


def _why_nothing(left_out: Counter[str]) -> str:
    told = ", ".join(f"{count} {why}" for why, count in sorted(left_out.items()) if count)
    return f"left out: {told}" if told else "there is no confirmed case"
