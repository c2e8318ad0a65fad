"""One call as one line of time: everything that the record holds, in the order in which it happened. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

Item = dict[str, Any]
Found = Mapping[str, Any]

_BRIDGES = {"softmix": "conference", "holding_bridge": "waiting"}
_FIRST = ("started", "leg-started", "queued")


def timeline(record: Found) -> list[Item]:
    """`{at, what, …}` in order of time.

    `what` is `started`, `queued`, `leg-started`, `ringing`, `leg-answered`, `bridged` (with `kind`: `talk`,
    `conference`, `waiting`), `transferred`, `recording-paused`, `said`, `gap`, `agent-state`, `act`,
    `disposition`, `case`, `dispatch`, `draft`, `survey`, `callback`, `voicemail`, `filed`, `leg-ended`,
    `ended`.
    """
    items = [
        *_of_call(record["call"]),
        *_of_legs(record["legs"]),
        *_of_words(record.get("transcript")),
        *_of_states(record.get("agent_states", ())),
        *_of_filings(record),
    ]
    return sorted((item for item in items if item["at"]), key=_place)


def _place(item: Item) -> tuple[datetime, int]:
    what = item["what"]
    rank = _FIRST.index(what) if what in _FIRST else {"leg-ended": 8, "ended": 9}.get(what, 5)
    return datetime.fromisoformat(item["at"]), rank


def _of_call(call: Found) -> Iterator[Item]:
    yield {"at": call["started_at"], "what": "started", "direction": call["direction"]}
    if call["queued_at"]:
        yield {"at": call["queued_at"], "what": "queued", "queue": call["queue"]}
    for ring in call["rings"]:
        yield {
            "at": ring["at"],
            "what": "ringing",
            "leg_id": ring["leg_id"],
            "endpoint": ring["endpoint"],
            "until": ring["until"],
            "answered": ring["answered"],
        }
    for one in call["transfers"]:
        yield {
            "at": one["at"],
            "what": "transferred",
            "kind": one["kind"],
            "by": one["by"],
            "to": one["to"],
        }
    for one in call.get("pauses", ()):
        yield {
            "at": one["since"],
            "what": "recording-paused",
            **{key: one[key] for key in ("leg_id", "until", "reason", "by", "ended_by")},
        }
    if call["ended_at"]:
        yield {
            "at": call["ended_at"],
            "what": "ended",
            "outcome": call["outcome"],
            "closed_by": call["closed_by"],
        }


def _of_legs(legs: Sequence[Found]) -> Iterator[Item]:
    for leg in legs:
        who = {key: leg[key] for key in ("leg_id", "party", "endpoint", "agent")}
        yield {"at": leg["started_at"], "what": "leg-started", **who}
        if leg["answered_at"]:
            yield {"at": leg["answered_at"], "what": "leg-answered", **who}
        for stay in leg.get("stays", ()):
            kind = _BRIDGES.get(stay["kind"], "talk")
            yield {
                "at": stay["since"],
                "what": "bridged",
                **who,
                "kind": kind,
                "bridge": stay["bridge"],
                "until": stay["until"],
            }
        if leg["ended_at"]:
            yield {"at": leg["ended_at"], "what": "leg-ended", **who, "cause": leg["cause"]}


def _of_words(transcript: Found | None) -> Iterator[Item]:
    if transcript is None:
        return
    for one in transcript["segments"]:
        yield {
            "at": one["started_at"],
            "what": "said",
            **{key: one[key] for key in ("segment_id", "leg_id", "speaker", "text")},
            "late": one.get("late", False),
        }
    for one in transcript["gaps"]:
        yield {
            "at": one["started_at"],
            "what": "gap",
            "reason": one["reason"],
            "filled_by": one.get("filled_by", []),
            "seconds": max(0.0, one["end_s"] - one["start_s"]),
            **{key: one[key] for key in ("segment_id", "leg_id", "speaker")},
        }


def _of_states(states: Sequence[Found]) -> Iterator[Item]:
    for one in states:
        yield {
            "at": one["at"],
            "what": "agent-state",
            **{key: one[key] for key in ("agent_id", "state", "reason", "by")},
        }


def _of_filings(record: Found) -> Iterator[Item]:
    for group, what in (
        ("acts", "act"),
        ("surveys", "survey"),
        ("callbacks", "callback"),
        ("voicemails", "voicemail"),
        ("dispositions", "disposition"),
        ("drafts", "draft"),
        ("cases", "case"),
        ("dispatches", "dispatch"),
        ("other", "filed"),
    ):
        for one in record.get(group, ()):
            yield {
                "at": one["at"],
                "what": what,
                "id": one["id"],
                "label": one.get("label", ""),
                "payload": one["payload"],
            }
