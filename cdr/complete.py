"""Finds what is missing in a call's record, as `cdr.record.whole` gives it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

Found = Mapping[str, Any]

SHORTEST_S = 1.0
"""A party that was there for less may have left before the first sample was written."""
SLACK_S = 3.0
SLACK_SHARE = 0.1
"""A recording may be so much shorter than its leg: Asterisk skips time in which no frame flows at all."""
BUFFER_S = 4.1
"""A killed Asterisk takes with it what it had not written yet: 32,768 bytes of A-law."""

_KEPT = frozenset({"complete", "erasing", "erased"})
_TALK_STATES = frozenset({"talking", "hold"})


def complete(record: Found, *, disposed: bool = True) -> list[str]:
    """What is missing, as `what: which`; empty when the record is whole.

    A running call is never complete. `disposed` asks for a disposition of every call that an agent took;
    without it the agent may still be writing.
    """
    call = record["call"]
    if call["ended_at"] is None:
        return ["end: the call still runs"]
    return [
        *_of_call(call),
        *_of_legs(record["legs"]),
        *_of_recordings(record["recordings"], record["legs"], call),
        *_of_transcript(record.get("transcript")),
        *_of_agents(call, record["legs"], record.get("agent_states", ())),
        *(_of_disposition(call, record) if disposed else ()),
        *(f"seal: {part}" for part in record.get("unsealed", ())),
    ]


def _of_call(call: Found) -> Iterator[str]:
    if call["closed_by"] is None:
        yield "end: nobody closed the call"
    if not call["linkedids"]:
        yield "call: no linkedid"
    for pause in call.get("pauses", ()):
        if not pause["reason"] or not pause["by"]:
            yield f"pause: reason or author of the one at {pause['since']}"
        if pause["until"] is None:
            yield f"pause: end of the one at {pause['since']}"


def _of_legs(legs: Sequence[Found]) -> Iterator[str]:
    if not legs:
        yield "legs: none"
    for leg in legs:
        if leg["ended_at"] is None:
            yield f"leg: end of {leg['leg_id']}"
        for stay in leg.get("stays", ()):
            if stay["until"] is None:
                yield f"leg: exit of {leg['leg_id']} from bridge {stay['bridge']}"


def _of_recordings(recordings: Sequence[Found], legs: Sequence[Found], call: Found) -> Iterator[str]:
    by_leg: dict[str, dict[str, Found]] = {}
    for one in recordings:
        by_leg.setdefault(one["leg_id"] or "", {})[one["track"]] = one
    citizens = [leg for leg in legs if leg["party"] == "citizen" and leg["answered_at"]]
    stayed = [leg for leg in citizens if _seconds(leg["answered_at"], leg["ended_at"]) >= SHORTEST_S]
    if stayed and not by_leg and call["direction"] != "internal":
        yield "recording: none"
    lengths = {leg["leg_id"]: _seconds(leg["answered_at"], leg["ended_at"]) for leg in legs}
    slack = SLACK_S + (BUFFER_S if call["closed_by"] == "reader" else 0.0)
    for leg_id, tracks in by_leg.items():
        for track in ("in", "out"):
            found = tracks.get(track)
            if found is None:
                yield f"recording: {track} of {leg_id}"
            else:
                yield from _of_recording(found, lengths.get(leg_id, 0.0), slack)


def _of_recording(one: Found, length: float, slack: float) -> Iterator[str]:
    where = f"{one['track']} of {one['leg_id']}"
    if one["state"] not in _KEPT:
        yield f"recording: {where} is {one['state']}"
    elif one["state"] == "complete":
        if not one["sha256"]:
            yield f"recording: hash of {where}"
        if one.get("key_id") and not one.get("cipher_sha256"):
            yield f"recording: hash of the encrypted {where}"
        if (one["duration_s"] or 0.0) + slack + SLACK_SHARE * length < length:
            yield f"recording: {where} has {one['duration_s']:.1f} s of {length:.1f} s"


def _of_transcript(transcript: Found | None) -> Iterator[str]:
    if transcript is None:
        yield "transcript: not to be seen"
        return
    for gap in transcript["gaps"]:
        if not gap["reason"] or gap["end_s"] < gap["start_s"]:
            yield f"transcript: reason or length of gap {gap['segment_id']}"


def _of_agents(call: Found, legs: Sequence[Found], states: Sequence[Found]) -> Iterator[str]:
    """Agents that talked without a state that says so, or without one that ends it."""
    for agent in call["agents"]:
        if not any(leg["agent"] == agent and leg["talk_s"] > SHORTEST_S for leg in legs):
            continue
        own = [one for one in states if one["agent_id"] == agent]
        if not any(one["state"] in _TALK_STATES for one in own):
            yield f"agent state: talk of {agent}"
        elif not any(one["previous"] in _TALK_STATES and one["state"] not in _TALK_STATES for one in own):
            yield f"agent state: end of the talk of {agent}"


def _of_disposition(call: Found, record: Found) -> Iterator[str]:
    if call["direction"] == "internal" or call["outcome"] != "answered" or not call["agents"]:
        return
    if not record.get("dispositions"):
        yield "disposition: what the call was about"


def _seconds(since: str | None, until: str | None) -> float:
    if not since or not until:
        return 0.0
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()
