"""The measure on recognised text: 60 reports spoken, sent over a bad line, recognised, drafted, judged.

`scripts/bench drafting --recognised`: rendering and recognising take long on two cores, so what is done is
kept in `.songhua/bench/drafting-audio` and the next run goes on from there. `--minutes N` stops in time,
`--try` says from two reports of holdout a how long all will take. Only conditions that both holdouts have
whole are judged, and of holdout b nothing but totals is kept here either. After a change of the recogniser's
code delete the folder `heard`: other audio, hints, gate rules and settings are noticed, other code is not.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import time
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Any

from lab.corpora.calls import Report, holdouts
from lab.judging.conversation import draft_of
from lab.judging.speech.calls import Calls
from lab.judging.speech.cast import SPOKEN
from lab.judging.speech.errors import Errors, Table, error_table
from lab.judging.speech.hear import SPEAKERS
from lab.judging.speech.line import CONDITIONS, TITLES
from lab.judging.tables import conditions_table, goals, raw
from lab.judging.totals import Totals, totals
from lab.paths import CHECKOUT, HOME

AUDIO = HOME / "bench/drafting-audio"
VOICES = HOME / "render-venv"
TRUE_TEXT = "true text"


class SpeechNotReady(Exception):
    """Something that speech needs is not there; the message says what brings it."""


class TimeIsUp(Exception):
    """`--minutes` are over; what was done is kept."""


def add_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("with --recognised")
    group.add_argument("--conditions", nargs="+", choices=tuple(CONDITIONS), default=list(CONDITIONS))
    group.add_argument("--minutes", type=float, help="stop after so many; the next run goes on")
    group.add_argument("--try", dest="trial", action="store_true", help="two reports only, to see how long")


def run(chosen: argparse.Namespace, rules: dict[str, Any]) -> int:
    """0 when every goal is reached, 1 when one is missed, 3 when work is left. Raises `SpeechNotReady`."""
    ends = time.monotonic() + 60 * chosen.minutes if chosen.minutes else None
    # Holdout c came after these were spoken; it is heard on true text only.
    calls = Calls.of(holdouts()[:2], AUDIO)
    if chosen.trial:
        attempt(calls)
        return 0
    try:
        speak(calls, calls.everything, ends)
        hear(calls, chosen.conditions, calls.everything, ends)
    except TimeIsUp:
        print("time is up; the same command goes on", flush=True)
    return report(calls, chosen, rules)


def attempt(calls: Calls) -> None:
    """Speak and recognise an English and a Mandarin report of holdout a, and say what all would take."""
    seen = calls.holdouts[0].reports
    two = [next(one for one in seen if one["language"] == language) for language in ("en", "zh")]
    speak(calls, two, None)
    work = list(calls.unheard(["clean"], two))
    if not work:
        print(f"both were recognised before; delete one below {AUDIO}/heard/clean")
        return
    began = time.monotonic()
    hear(calls, ["clean"], two, None)
    each = (time.monotonic() - began) / len(work)
    whole = each * len(CONDITIONS) * len(calls.everything) / 60
    print(f"{each:.0f} s to recognise one call; about {whole:.0f} minutes for all under all conditions")


def speak(calls: Calls, reports: Sequence[Report], ends: float | None) -> None:
    missing = [str(one["id"]) for one in reports if calls.seconds(one) is None]
    python = VOICES / "bin/python"
    if not missing:
        return
    if not python.exists():
        raise SpeechNotReady("there are no voices: scripts/render-prompts --only none makes them")
    words = [str(python), "-m", "lab.judging.speech.render", str(AUDIO / "spoken"), *missing]
    env = os.environ | {"KOKORO_JA_CACHE": str(VOICES / "kokoro"), "PYTHONDONTWRITEBYTECODE": "1"}
    left = None if ends is None else max(1.0, ends - time.monotonic())
    try:
        done = subprocess.run(words, cwd=CHECKOUT, env=env, check=False, timeout=left)
    except subprocess.TimeoutExpired:
        raise TimeIsUp from None
    if done.returncode:
        raise SpeechNotReady("a report could not be spoken: see the line above")


def hear(calls: Calls, conditions: Sequence[str], reports: Sequence[Report], ends: float | None) -> None:
    work = list(calls.unheard(conditions, reports))
    began = time.monotonic()
    for index, (condition, one) in enumerate(work, start=1):
        if ends is not None and time.monotonic() > ends:
            raise TimeIsUp
        calls.hear(one, condition)
        left = (time.monotonic() - began) / index * (len(work) - index) / 60
        seconds = calls.seconds(one) or 0.0
        print(
            f"heard {condition} {one['id']}: {seconds:.0f} s; {index}/{len(work)}, {left:.0f} min left",
            flush=True,
        )


def report(calls: Calls, chosen: argparse.Namespace, rules: dict[str, Any]) -> int:
    whole = [
        name for name in chosen.conditions if next(calls.unheard([name], calls.everything), None) is None
    ]
    if not whole:
        print("no condition is whole yet: nothing is judged")
        return 3
    rows = goals(recognised=True)
    found = judged(calls, whole)
    errors = wrong(calls, whole)
    table = "\n\n".join(conditions_table(name, one, rows, TITLES) for name, one in found.items())
    mistakes = error_table(errors, TITLES)
    raw_holdouts = {
        name: {condition: raw(one, rows) for condition, one in each.items()} for name, each in found.items()
    }
    out = {
        "text": "recognised",
        "rules": rules,
        "reports_of_each_holdout": SPOKEN,
        "settings": {key: value for key, value in calls.ear.settings.items() if key != "hints"},
        "holdouts": raw_holdouts,
        "errors": _raw_errors(errors),
    }
    path = chosen.out.with_name(f"{chosen.out.stem}-recognised.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(out, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    path.with_suffix(".md").write_text(f"{table}\n\n{mistakes}\n", encoding="utf-8")
    print(f"{table}\n\n{mistakes}\n\nraw output: {path}")
    if len(whole) < len(chosen.conditions):
        return 3
    reached = [
        row.get("reached", True)
        for each in raw_holdouts.values()
        for condition, one in each.items()
        if condition != TRUE_TEXT
        for row in one["rows"].values()
    ]
    return 0 if all(reached) else 1


def judged(calls: Calls, conditions: Sequence[str]) -> dict[str, dict[str, Totals]]:
    """By holdout and condition, and the same reports on true text beside them."""
    return {
        call_set.name: {TRUE_TEXT: totals(call_set, draft_of, proofs=False)}
        | {name: totals(call_set, partial(calls.draft, condition=name), proofs=False) for name in conditions}
        for call_set in calls.holdouts
    }


def wrong(calls: Calls, conditions: Sequence[str]) -> Table:
    out: dict[tuple[str, str, str], dict[str, Errors]] = defaultdict(lambda: defaultdict(Errors))
    for one in calls.everything:
        language = str(one["language"])
        for condition in conditions:
            segments = calls.segments(one, condition) or []
            for who, part in zip(SPEAKERS, calls.parts(one), strict=True):
                said = " ".join(turn[2:].strip() for turn in one["turns"] if turn[0] == who)
                heard = " ".join(piece["text"] for piece in segments if piece["speaker"] == SPEAKERS[who])
                out[language, SPEAKERS[who], part.name][condition].add(said, heard, language)
    return out


def _raw_errors(errors: Table) -> list[dict[str, Any]]:
    return [
        {
            "language": language,
            "who": who,
            "voice": voice,
            "condition": condition,
            "edits": one.edits,
            "said": one.said,
            "rate": one.rate,
            "legs": one.legs,
        }
        for (language, who, voice), row in errors.items()
        for condition, one in row.items()
    ]
