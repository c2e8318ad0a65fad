"""Part `latency`: from the citizen's mouth to the agent's desk, on the whole service, two callers at once.

A real Asterisk, broker and database, every role of `songhua serve`; SIPp dials, this process speaks the
committed test stories as RTP, and an agent's live view (`/api/live`) is read. Agents listen. Each of two
callers tells story after story, so that they meet in ever other ways.

- *vosk* (the Korean model, on Chinese speech: a language that it does not know): from the end of each word to
  the moment from which on the desk has as much text as it takes to hold it. Words and their ends are those of
  the very decoding that the desk saw (`timed.py`); where they lie in what was said is found by their sound.
  Beside it the engine alone, given the same sound as it comes (`alone.py`).
- *whisper*: from the end of each sentence to its final; from the last word that the draft took up to its last
  change.

What never came, or cannot be timed, counts as later than all else: words that were decoded and are not on the
desk or whose place in the sound is not found, sentences without a final, calls without a draft, and every
sentence and draft of a call that failed.
"""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle
from pathlib import Path
from typing import Any, Final

import psutil

from speech.model import BYTES_PER_SECOND
from tests.bench.companion import Companion
from tests.bench.speech import voices
from tests.bench.speech.city import WALL_S, City
from tests.bench.speech.delays import (
    Draft,
    Sentence,
    Shown,
    Text,
    Word,
    draft_complete,
    place,
    sentences_shown,
    words_shown,
)
from tests.bench.speech.figures import Goal, shown
from tests.bench.speech.streams import MODELS, of
from tests.bench.speech.timed import FOLDER
from tests.real.desk_screen import DeskScreen, Told
from tests.real.service import wait

CALLERS: Final = 2
TIMED_VOSK: Final = "tests.bench.speech.timed:TimedVosk"
STORIES: Final = (
    ("lamp_zh", "danger_zh", "danger_en", "zh"),
    ("danger_en", "en", "lamp_zh", "danger_zh"),
)
CHINESE: Final = (("lamp_zh", "danger_zh"), ("zh", "lamp_zh"))
SEGMENT, DRAFT = "speech.transcript_segment", "cases.draft_changed"
QUIET_S: Final = 4.0
"""Nothing new for so long: nothing more comes."""
LATEST_S: Final = 20.0
PARTIAL_GOAL_S, FINAL_GOAL_S, DRAFT_GOAL_S = 1.0, 2.5, 3.0


@dataclass(frozen=True, slots=True)
class Call:
    """One story told. `began` is when its first sample left; `events` are those of this call at the desk."""

    story: str
    began: float
    events: Sequence[Told]

    @property
    def sentences(self) -> list[Sentence]:
        return [Sentence(self.began + one.start, self.began + one.end) for one in voices.lines(self.story)]

    def segments(self, *, final: bool) -> list[Told]:
        return [
            one
            for one in self.events
            if one.event["type"] == SEGMENT
            and one.event["speaker"] == "citizen"
            and one.event["final"] is final
            and one.event["text"]
        ]

    def texts(self, *, final: bool) -> list[Text]:
        found = []
        for one in self.segments(final=final):
            start = heard_from(one.event)
            found.append(Text(start, start + one.event["end_s"] - one.event["start_s"], one.at))
        return found

    @property
    def drafts(self) -> list[Draft]:
        return [
            Draft(one.at, values_of(one.event["draft"])) for one in self.events if one.event["type"] == DRAFT
        ]


def heard_from(event: dict[str, Any]) -> float:
    """When a segment's first sample was heard by the node, on this process's clock."""
    return datetime.fromisoformat(event["started_at"]).timestamp() - WALL_S


def values_of(draft: dict[str, Any]) -> dict[str, Any]:
    """What a reader sees of a draft."""
    values = {name: one["value"] for name, one in draft["fields"].items()}
    return {**values, "alarms": sorted(one["number"] for one in draft["alarms"])}


@dataclass(slots=True)
class Callers:
    """`CALLERS` threads, each with one call after the other until the time is up."""

    city: City
    screens: dict[str, DeskScreen]
    calls: list[Call] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    """Stories that could not be told to their end."""
    troubles: list[str] = field(default_factory=list)

    def run(self, seconds: float, stories: Sequence[Sequence[str]]) -> None:
        until = time.monotonic() + seconds
        threads = [threading.Thread(target=self._one, args=(until, some)) for some in stories]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _one(self, until: float, stories: Sequence[str]) -> None:
        for story in cycle(stories):
            if time.monotonic() > until:
                return
            try:
                self.calls.append(self._tell(story))
            except Exception as error:  # noqa: BLE001  # a call that failed is told and counted, the next one comes
                self.failed.append(story)
                self.troubles.append(f"{story}: {type(error).__name__}: {error}"[:300])
                if len(self.troubles) > 3:
                    return

    def _tell(self, story: str) -> Call:
        city = self.city
        citizen = city.citizen()
        citizen.dial()
        call = city.talking(citizen, 30)
        seat = city.seat_on(call)
        screen = self.screens[seat.person.id]
        try:
            wait(lambda: city.is_heard(call), "tap on each leg", 15)
            sound = voices.caller(story)
            began = citizen.line.say(voices.ulaw(sound))
            time.sleep(len(sound) / BYTES_PER_SECOND)
            self._until_quiet(screen, call)
        finally:
            citizen.hang_up()
        city.ready(seat)
        return Call(story, began, of_call(screen, call))

    @staticmethod
    def _until_quiet(screen: DeskScreen, call: str) -> None:
        latest = time.monotonic() + LATEST_S
        since = time.monotonic()
        while time.monotonic() < latest:
            last = max((one.at for one in of_call(screen, call)), default=since)
            if time.monotonic() - max(last, since) > QUIET_S:
                return
            time.sleep(0.2)


def of_call(screen: DeskScreen, call: str) -> list[Told]:
    return [
        one
        for one in list(screen.told)
        if one.event["type"] in {SEGMENT, DRAFT} and one.event.get("call_id") == call
    ]


def told_by(
    folder: Path, speech: dict[str, Any], stories: Sequence[Sequence[str]], seconds: float
) -> tuple[Callers, float]:
    """All calls, and how busy the machine was meanwhile, in per cent."""
    with City(folder, agents=CALLERS, overrides={"speech": speech}) as city:
        callers = Callers(city, {seat.person.id: city.screen(seat) for seat in city.seats})
        psutil.cpu_percent()
        callers.run(seconds, stories)
        return callers, psutil.cpu_percent()


def vosk(folder: Path, seconds: float) -> dict[str, Any]:
    words = folder / "words"
    words.mkdir(parents=True)
    os.environ[FOLDER] = str(words)
    speech = {"engine": TIMED_VOSK, "model": str(MODELS["vosk"]), "workers": os.cpu_count() or 1}
    callers, busy = told_by(folder / "vosk", speech, CHINESE, seconds)
    decoded = [json.loads(line) for file in words.glob("*.jsonl") for line in file.read_text().splitlines()]
    late: list[float] = []
    stamps: list[float] = []
    first: list[float] = []
    lost: list[int] = []
    for call in callers.calls:
        sound = voices.caller(call.story)
        for final in call.segments(final=True):
            note = next((one for one in decoded if one["text"] == final.event["text"]), None)
            if note is None:
                lost.append(len(final.event["text"].split()))
                continue
            decoded.remove(note)
            at = place(base64.b64decode(note["sound"]), sound)
            if at is None:
                lost.append(len(note["words"]))
                continue
            begins = call.began + at
            stamps.append(abs(heard_from(final.event) - begins))
            texts = [
                Shown(one.at, one.event["text"])
                for one in call.segments(final=False)
                if one.event["segment_id"] == final.event["segment_id"]
            ]
            texts.append(Shown(final.at, final.event["text"]))
            said = [Word(word, begins + end) for word, end in note["words"]]
            late += words_shown(said, texts)
            first.append(texts[0].at - said[0].end)
    never = [len(note["words"]) for note in decoded if is_a_citizens(note)]
    lost += never
    return {
        "calls": len(callers.calls),
        "utterances": len(stamps),
        "unplaced": len(lost) - len(never),
        "never_on_the_desk": len(never),
        "words_lost": sum(lost),
        "partials": sum(len(call.segments(final=False)) for call in callers.calls),
        "word_to_partial_s": shown(late, sum(lost)),
        "first_word_to_partial_s": shown(first, len(lost)),
        "stamp_off_s": shown(stamps),
        "machine_busy_percent": busy,
        "troubles": callers.troubles,
    }


def is_a_citizens(note: dict[str, Any]) -> bool:
    """The agents' telephones hum, and what is made of that is nobody's word."""
    sound = base64.b64decode(note["sound"])
    stories = {story for some in CHINESE for story in some}
    return any(place(sound, voices.caller(story)) is not None for story in stories)


def vosk_alone(folder: Path) -> list[float]:
    """Of each word the seconds that the engine itself takes."""
    with Companion("tests.bench.speech.alone", log=folder / "alone.log", env={"OMP_NUM_THREADS": "1"}) as one:
        one.ask(model=str(MODELS["vosk"]))
        stories = sorted({story for some in CHINESE for story in some})
        return [late for story in stories for late in one.ask(story=story)["late_s"]]


def whisper(folder: Path, seconds: float) -> dict[str, Any]:
    speech = {"engine": "whisper", "model": str(MODELS["whisper"]), "workers": os.cpu_count() or 1}
    callers, busy = told_by(folder / "whisper", speech, STORIES, seconds)
    late: list[float] = []
    drafted: list[float] = []
    missed = sentences = sum(len(voices.lines(story)) for story in callers.failed)
    for call in callers.calls:
        some, without = sentences_shown(call.sentences, call.texts(final=True))
        late += some
        missed += without
        sentences += len(call.sentences)
        texts = [*call.texts(final=False), *call.texts(final=True)]
        complete = draft_complete(call.sentences, texts, call.drafts)
        if complete is not None:
            drafted.append(complete)
    return {
        "calls": len(callers.calls),
        "sentences": sentences,
        "sentences_without_final": missed,
        "sentence_to_final_s": shown(late, missed),
        "drafts": len(drafted),
        "word_to_draft_s": shown(drafted, len(callers.calls) + len(callers.failed) - len(drafted)),
        "machine_busy_percent": busy,
        "troubles": callers.troubles,
    }


def latency(folder: Path, vosk_s: float, whisper_s: float) -> dict[str, Any]:
    alone = shown(vosk_alone(folder))
    return {"vosk": {**vosk(folder, vosk_s), "alone_s": alone}, "whisper": whisper(folder, whisper_s)}


def goals(found: dict[str, Any]) -> list[Goal]:
    def p95(one: dict[str, Any] | None) -> float | None:
        return None if one is None or one["p95"] is None else float(one["p95"])

    return [
        Goal("word said to partial on the desk (vosk), p95", p95(found["vosk"]["word_to_partial_s"]), "<",
             PARTIAL_GOAL_S, "s"),
        Goal("end of sentence to final (whisper), p95", p95(found["whisper"]["sentence_to_final_s"]), "<",
             FINAL_GOAL_S, "s"),
        Goal("last word to draft complete, p95", p95(found["whisper"]["word_to_draft_s"]), "<",
             DRAFT_GOAL_S, "s"),
    ]  # fmt: skip


def tell(found: dict[str, Any]) -> list[str]:
    one, other = found["vosk"], found["whisper"]
    rows = {
        f"vosk: word said to text for it on the desk ({one['calls']} calls, {one['unplaced']} of "
        f"{one['utterances'] + one['unplaced'] + one['never_on_the_desk']} utterances not placed, "
        f"{one['never_on_the_desk']} not on the desk)": one["word_to_partial_s"],
        "vosk: the same for the first word of an utterance": one["first_word_to_partial_s"],
        "vosk: the engine alone, given the same sound as it comes": one["alone_s"],
        "a segment's time stamp is off by (no part of the others)": one["stamp_off_s"],
        f"whisper: end of sentence to final ({other['calls']} calls, {other['sentences_without_final']} of "
        f"{other['sentences']} sentences without)": other["sentence_to_final_s"],
        "whisper: last word to draft complete": other["word_to_draft_s"],
    }  # fmt: skip
    return [
        "| latency at two callers, s | p50, p95, p99, worst (n) |",
        "|---|---|",
        *(f"| {what} | {of(values)} |" for what, values in rows.items()),
        "| machine busy, %: vosk, whisper | {:.0f}, {:.0f} |".format(
            one["machine_busy_percent"], other["machine_busy_percent"]
        ),
        f"| calls that failed: vosk, whisper | {len(one['troubles'])}, {len(other['troubles'])} |",
    ]
