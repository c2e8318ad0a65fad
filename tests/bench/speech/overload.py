"""Part `overload`: three times what the speech node takes is offered, with real calls.

The whole service on a real Asterisk with Whisper; the node takes the legs of `HEARD` calls, and three times
as many calls are there. Looked at, while it lasts and after it:

- *calls*: every citizen hears the agent's tone, packet by packet (RTP); the same calls once more with no tap
  at all tell what of it the machine does by itself;
- *who is heard*: the calls that came first, each with both legs; the others are told as shed;
- *said so*: the agents' desks (`hotline.tap_shed`) and the board (`unheard`). `/api/health` stands beside it:
  it tells of a node that falls behind, and one that takes no more than it can do does not;
- *recovery*: when the first calls end, who waited longest is heard; the same processes go on;
- *afterwards*: what nobody wrote down is transcribed from the recordings once there is room.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from tests.bench.speech import voices
from tests.bench.speech.city import City
from tests.bench.speech.figures import Cleanness, Goal, cleanness, shown
from tests.bench.speech.line import Citizen
from tests.bench.speech.streams import MODELS, of
from tests.bench.speech.taps import LEAST_TONE, MOST_UNHEARD
from tests.peers import audio
from tests.peers.program import PeerFailed
from tests.real.desk_screen import DeskScreen
from tests.real.service import AGENT, Seat, wait

HEARD: Final = 2
TIMES: Final = 3
LEGS: Final = 2
BETWEEN_S: Final = 1.5
LASTS_S: Final = 25.0
SHORT_S: Final = 8.0
RECOVERY_S: Final = 15.0
"""The node's own count lags by some seconds; a tap takes one more."""
LATE_S: Final = 150.0
TAP_SHED: Final = "hotline.tap_shed"
STORY: Final = "lamp_zh"
SPEECH: Final = {
    "engine": "whisper", "model": str(MODELS["whisper"]), "max_streams": HEARD * LEGS, "announce_every": 1.0,
}  # fmt: skip
NO_SOUND: Final = frozenset({"filled", "no-sound"})


@dataclass(slots=True)
class Talk:
    citizen: Citizen
    call: str
    seat: Seat
    since: float


def overload(folder: Path, lasts_s: float = LASTS_S) -> dict[str, Any]:
    folder.mkdir(parents=True, exist_ok=True)
    found = overloaded(folder / "overload", lasts_s)
    try:
        return {**found, "without_taps": without_taps(folder / "without", lasts_s)}
    except PeerFailed as error:
        print(f"overload: the calls without taps were not measured: {error}", flush=True)
        return {**found, "without_taps": []}


def without_taps(folder: Path, lasts_s: float) -> list[dict[str, Any]]:
    """The same calls on the same service, and nobody listens: what this machine does to them by itself."""
    calls = HEARD * TIMES
    with City(folder, agents=calls, overrides={"speech": SPEECH, "hotline": {"max_taps": 0}}) as city:
        talks = [begin(city) for _ in range(calls)]
        time.sleep(lasts_s)
        return [row(heard_well(talk)) for talk in talks]


def overloaded(folder: Path, lasts_s: float) -> dict[str, Any]:
    calls = HEARD * TIMES
    late = {
        "late_poll_s": 1.0, "late_shortest_s": 2.0, "recordings_key_file": str(folder / "recordings.key"),
    }  # fmt: skip
    with City(folder, agents=calls, overrides={"speech": SPEECH, "cdr": late}) as city:
        city.service.run("cdr", "init-key")
        supervisor = city.screen()
        desks = {seat.person.id: city.screen(seat) for seat in city.seats}
        processes = pids(city)
        talks = [begin(city) for _ in range(calls)]
        first, others = talks[:HEARD], talks[HEARD:]
        settled = attempt(lambda: city.unheard() == len(others) * LEGS, "legs that nobody hears", 20)
        time.sleep(lasts_s)
        during = look(city, supervisor, desks, talks)
        clean = [heard_well(talk) for talk in talks]
        for talk in first:
            talk.citizen.hang_up()
        next_ = others[:HEARD]
        recovered = attempt(lambda: all(city.is_heard(talk.call) for talk in next_), "taps on who waited", 60)
        clean_after = [heard_well(talk, since=time.monotonic() - 5.0) for talk in others]
        for talk in others:
            talk.citizen.hang_up()
        city.switch.wait_idle(20)
        nobody = attempt(lambda: city.unheard() == 0, "end of all unheard legs", 20)
        calm = attempt(lambda: not city.part("speech")["why"], "calm part `speech`", 60)
        filled = attempt(lambda: all(done(city, talk.call) for talk in others), "filled gaps", LATE_S)
        return {
            "asked": {"streams": HEARD * LEGS, "calls": calls, "legs": calls * LEGS},
            "settled_s": settled,
            **during,
            "calls": [row(one) for one in clean],
            "calls_after": [row(one) for one in clean_after],
            "unheard_frames": shown(one.cleanness.unheard for one in clean),
            "worst_gap_s": shown(one.cleanness.worst_gap_s for one in clean),
            "recovered_s": recovered,
            "nobody_unheard_s": nobody,
            "calm_s": calm,
            "same_processes": pids(city) == processes,
            "filled_s": filled,
            "fillings": count(
                str(gap["filling"]) for talk in others for gap in city.transcript(talk.call)["gaps"]
            ),
            "late_words": sum(
                bool(one["late"]) for talk in others for one in city.transcript(talk.call)["segments"]
            ),
            "calls_with_late_words": sum(
                any(one["late"] and one["text"] for one in city.transcript(talk.call)["segments"])
                for talk in others
            ),
            "shed_calls": len(others),
        }


def begin(city: City) -> Talk:
    """A citizen who talks with an agent and speaks his story again and again."""
    citizen = city.citizen()
    citizen.dial()
    call = city.talking(citizen, 30)
    citizen.line.say(voices.ulaw(voices.caller(STORY) + bytes(32_000)), again=True)
    time.sleep(BETWEEN_S)
    return Talk(citizen, call, city.seat_on(call), time.monotonic())


def look(
    city: City, supervisor: DeskScreen, desks: dict[str, DeskScreen], talks: Sequence[Talk]
) -> dict[str, Any]:
    """Who is heard, and who has been told what, while it lasts."""
    told = {str(one.event["call_id"]) for one in supervisor.of(TAP_SHED)}
    own = [talk for talk in talks[HEARD:] if desks[talk.seat.person.id].of(TAP_SHED, call_id=talk.call)]
    return {
        "taps_running": city.running_taps(),
        "first_calls_heard": sum(city.is_heard(talk.call) for talk in talks[:HEARD]),
        "later_calls_heard": sum(city.is_heard(talk.call) for talk in talks[HEARD:]),
        "told_as_shed": sorted(number for number, talk in enumerate(talks, 1) if talk.call in told),
        "own_desks_told": len(own),
        "board_unheard": city.supervisor.get("/api/board").get("unheard"),
        "health": city.part("speech"),
        "words_of_first_calls": [
            sum(bool(one["text"]) for one in city.transcript(talk.call)["segments"]) for talk in talks[:HEARD]
        ],
    }


@dataclass(frozen=True, slots=True)
class HeardWell:
    cleanness: Cleanness
    tone: float

    @property
    def good(self) -> bool:
        return self.cleanness.unheard <= MOST_UNHEARD and self.tone >= LEAST_TONE


def heard_well(talk: Talk, *, since: float | None = None) -> HeardWell:
    """What this citizen has heard of his agent's tone."""
    begin = talk.since if since is None else since
    samples = talk.citizen.line.samples(begin)
    packets = [one for one in list(talk.citizen.line.packets) if one.at >= begin]
    seconds = time.monotonic() - begin
    return HeardWell(cleanness(packets), audio.tone_seconds(np.asarray(samples), AGENT) / seconds)


def row(one: HeardWell) -> dict[str, Any]:
    return {
        "unheard": round(one.cleanness.unheard, 5),
        "worst_gap_ms": round(one.cleanness.worst_gap_s * 1000, 1),
        "tone": round(one.tone, 4),
        "good": one.good,
    }


def done(city: City, call: str) -> bool:
    """Each gap of this call is filled, or has no sound to fill it with."""
    gaps = city.transcript(call)["gaps"]
    return bool(gaps) and {gap["filling"] for gap in gaps} <= NO_SOUND


def attempt(done_: Callable[[], object], what: str, within: float) -> float | None:
    """How long it took; None when it did not come."""
    try:
        return round(wait(done_, what, within), 2)
    except PeerFailed:
        return None


def pids(city: City) -> dict[str, int]:
    return {role: city.process(role).pid for role in ("centre", "speech")}


def count(words: Any) -> dict[str, int]:
    found: dict[str, int] = {}
    for word in words:
        found[word] = found.get(word, 0) + 1
    return found


def control(calls: Sequence[dict[str, Any]]) -> str:
    if not calls:
        return "not measured"
    unheard, gap = (max(one[key] for one in calls) for key in ("unheard", "worst_gap_ms"))
    return f"{unheard:.4f}, {gap:.1f}; {sum(not one['good'] for one in calls)} of {len(calls)}"


def verdicts(found: dict[str, Any]) -> dict[str, bool]:
    """What must be so: pure."""
    legs = found["asked"]["legs"] - found["asked"]["streams"]
    shed = list(range(HEARD + 1, HEARD * TIMES + 1))
    return {
        "calls are untouched": all(one["good"] for one in [*found["calls"], *found["calls_after"]]),
        "the calls that came first are heard, and no other": (
            found["first_calls_heard"] == HEARD and found["later_calls_heard"] == 0
        ),
        "the newest are shed, and told so": found["told_as_shed"] == shed,
        "each shed call's own desk says so": found["own_desks_told"] == len(shed),
        "the board says so": found["board_unheard"] == legs,
        "who waited is heard when others end": (
            found["recovered_s"] is not None and found["recovered_s"] <= RECOVERY_S
        ),
        "no process was started anew": found["same_processes"],
        "nothing is left over": found["nobody_unheard_s"] is not None and found["calm_s"] is not None,
        "what was not heard is written afterwards": (
            found["filled_s"] is not None and found["calls_with_late_words"] == found["shed_calls"]
        ),
    }


def goals(found: dict[str, Any]) -> list[Goal]:
    return [Goal(what, float(so), "≥", 1.0) for what, so in verdicts(found).items()]


def tell(found: dict[str, Any]) -> list[str]:
    asked = found["asked"]
    rows = {
        "streams that the node takes; calls, legs offered": (
            f"{asked['streams']}; {asked['calls']}, {asked['legs']}"
        ),
        "taps running; of the first calls, of the others heard": (
            f"{found['taps_running']}; {found['first_calls_heard']}, {found['later_calls_heard']}"
        ),
        "told as shed: the calls number": ", ".join(map(str, found["told_as_shed"])) or "none",
        "board: legs that nobody writes down": f"{found['board_unheard']}",
        "health of `speech`": found["health"]["why"] or "says nothing",
        "share of frames not heard by the citizens": of(found["unheard_frames"], 4),
        "worst gap between two packets, s": of(found["worst_gap_s"], 3),
        "the same calls without a tap: worst share not heard, worst gap, ms; calls not heard well": (
            control(found["without_taps"])
        ),
        "who waited is heard after, s": f"{found['recovered_s']}",
        "gaps filled after the calls, s; fillings": f"{found['filled_s']}; {found['fillings']}",
        "late segments; shed calls that have them": (
            f"{found['late_words']}; {found['calls_with_late_words']} of {found['shed_calls']}"
        ),
    }  # fmt: skip
    return ["| overload | |", "|---|---|", *(f"| {a} | {b} |" for a, b in rows.items())]
