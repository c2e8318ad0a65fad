"""Plays a talkgroup's recordings up to now to people who may monitor it; each access is audited."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import Row

from cdr.chain.seal import plain
from cdr.errors import RecordingNotReady, UnknownRecording
from cdr.playback import model
from cdr.playback.access import may_hear
from cdr.playback.model import PlaybackWindow, RecordingPiece
from cdr.playback.sound import ComposedPlayback
from cdr.ports import CdrPorts, OnAir
from cdr.recordings import audio, sound
from cdr.recordings import store as recordings
from cdr.recordings.sound import RecordedSound
from cdr.recordings.store import RecordingState
from cdr.recordings.talkgroups import sound_begins
from cdr.settings import CdrSettings
from cdr.transmissions import store as talks
from cdr.transmissions.store import RecordedTransmission
from core.actor import Actor
from core.errors import Invalid
from core.metrics import counter

_recalled = counter("cdr_playbacks", "Times that a talkgroup's recording was heard or looked at", ["what"])

LONGEST_S: Final = 14_400.0
LONGEST_TALKS_S: Final = 604_800.0
LIVE_S: Final = 6.0
"""What is on disk of a file that is being written ends so close to now: Asterisk writes four seconds at a
time. What is asked until now ends there.
"""

Silence = Literal["keep", "drop"]


@dataclass(frozen=True, slots=True)
class PlaybackRequest:
    """A time of a talkgroup, and what there is of it. `rows` are the recordings, `pieces` those with
    sound.
    """

    group: str
    since: datetime
    until: datetime
    rows: Sequence[Row[Any]]
    pieces: Sequence[RecordingPiece]
    talks: Sequence[RecordedTransmission]
    on_air: OnAir | None

    @property
    def times(self) -> list[model.Time]:
        """The transmissions of a time, with the one that is going on."""
        found = [(talk.began_at, talk.ended_at) for talk in self.talks]
        return found if self.on_air is None else [*found, (self.on_air.since, self.until)]

    def windows(self, silence: Silence) -> list[PlaybackWindow]:
        """The stretches of time that are played."""
        if silence == "keep":
            return model.whole(self.since, self.until)
        return model.without_silence(self.times, self.since, self.until)


class PlaybackService:
    """Raises `Forbidden`, `UnknownTalkgroup`, `MayNotMonitor`, `Invalid`, and `StorageAway`."""

    def __init__(self, settings: CdrSettings, ports: CdrPorts) -> None:
        self._settings = settings
        self._ports = ports

    async def listen(
        self, actor: Actor, group: str, *, seconds: float, until: datetime | None, silence: Silence
    ) -> ComposedPlayback:
        """The sound of that time, after the audit trail has taken who hears it. Raises `VaultTrouble` as
        well, without the key of what is encrypted.
        """
        asked = await self._ask(actor, group, seconds, until, LONGEST_S)
        played = model.parts(asked.pieces, asked.windows(silence))
        keys = {part.key for part in played}
        sounds = await asyncio.to_thread(self._sounds, [row for row in asked.rows if _key(row) in keys])
        await self._audit(actor, "listen", asked)
        return ComposedPlayback([_there(part, sounds) for part in played], sounds)

    async def talks(
        self, actor: Actor, group: str, *, seconds: float, until: datetime | None, silence: Silence
    ) -> dict[str, Any]:
        """The transmissions, each with its place in what `listen` plays for the same query."""
        asked = await self._ask(actor, group, seconds, until, LONGEST_TALKS_S)
        await self._audit(actor, "list-talks", asked)
        windows = asked.windows(silence)
        return {
            "talkgroup": group,
            "since": plain(asked.since),
            "until": plain(asked.until),
            "silence": silence,
            "seconds": round(sum(one.samples for one in windows) / model.RATE, 3),
            "talks": [self._talk(asked, talk, windows) for talk in asked.talks]
            + ([] if asked.on_air is None else [self._live(asked, asked.on_air, windows)]),
            "gaps": [self._gap(asked, gap, windows) for gap in model.gaps(*_time(asked))],
            "recordings": [_recording(row) for row in asked.rows],
        }

    async def spans(self, actor: Actor, recording_id: UUID) -> dict[str, Any]:
        """The transmissions of one recording, with their seconds in it. Raises `UnknownRecording` as well."""
        async with self._ports.storage.read() as connection:
            row = await recordings.recording(connection, recording_id)
        if row is None or row.talkgroup is None:
            raise UnknownRecording
        await may_hear(self._ports.talkgroups, actor, row.talkgroup)
        piece = (await asyncio.to_thread(self._pieces, [row]))[:1]
        until = piece[0].ended if piece else (row.ended_at or row.began_at)
        async with self._ports.storage.read() as connection:
            found = await talks.between(connection, row.talkgroup, row.began_at, until)
        await self._ports.audit.record(actor, "list-talks", f"recording:{recording_id}")
        _recalled.labels("spans").inc()
        asked = PlaybackRequest(row.talkgroup, row.began_at, until, [row], piece, found, None)
        windows = asked.windows("keep")
        return {**_recording(row), "talks": [self._talk(asked, talk, windows) for talk in found]}

    # --- inside ---------------------------------------------------------------------------------------

    async def _ask(
        self, actor: Actor, group: str, seconds: float, until: datetime | None, longest: float
    ) -> PlaybackRequest:
        await may_hear(self._ports.talkgroups, actor, group)
        if not 0 < seconds <= longest:
            raise Invalid("so much is not played at once", remedy=f"ask for up to {longest:.0f} seconds")
        now = self._ports.storage.clock.now()
        end, long = now if until is None else min(until, now), timedelta(seconds=seconds)
        earliest = end - long - timedelta(seconds=LIVE_S)
        async with self._ports.storage.read() as connection:
            rows = await recordings.of_talkgroup(connection, group, earliest, end)
            found = await talks.between(connection, group, earliest, end)
        pieces = await asyncio.to_thread(self._pieces, rows)
        if until is None:
            end = _written_until(rows, pieces, end)
        since = end - long
        said = [talk for talk in found if talk.ended_at > since and talk.began_at < end]
        return PlaybackRequest(group, since, end, rows, pieces, said, self._on_air(group, end, found))

    def _on_air(self, group: str, until: datetime, found: Sequence[RecordedTransmission]) -> OnAir | None:
        """The transmission that is going on, as long as it has no row; None without one."""
        on_air = self._ports.talkgroups.on_air(group)
        if on_air is None or on_air.since >= until:
            return None
        known = any(talk.began_at == on_air.since for talk in found)
        return None if known else on_air

    def _pieces(self, rows: Sequence[Row[Any]]) -> list[RecordingPiece]:
        """The recordings that have sound; of one in progress, what is on disk now. Blocking."""
        found = []
        for row in rows:
            if row.state in {RecordingState.COMPLETE, RecordingState.ORPHAN}:
                found.append(RecordingPiece(_key(row), row.began_at, row.size or 0))
            elif row.state == RecordingState.EXPECTED:
                found += self._written(row)
        return sorted((piece for piece in found if piece.samples), key=lambda piece: piece.began)

    def _written(self, row: Row[Any]) -> list[RecordingPiece]:
        root = self._settings.recordings
        file = None if root is None else audio.inside(root, row.path)
        try:
            there = None if file is None else file.stat()
        except OSError:
            return []
        if there is None:
            return []
        written_at = datetime.fromtimestamp(there.st_mtime, UTC)
        return [
            RecordingPiece(_key(row), sound_begins(row.began_at, written_at, there.st_size), there.st_size)
        ]

    def _sounds(self, rows: Sequence[Row[Any]]) -> dict[str, RecordedSound]:
        """What lies on disk; a file that has gone since is silence. Blocking."""
        root = self._settings.recordings
        if root is None:
            raise RecordingNotReady(remedy="set cdr.recordings", state=RecordingState.MISSING.value)
        found = {}
        for row in rows:
            try:
                found[_key(row)] = sound.find(root, row, self._settings.recordings_key_file)
            except FileNotFoundError:
                continue
        return found

    async def _audit(self, actor: Actor, what: str, asked: PlaybackRequest) -> None:
        time = f"{asked.since:%Y-%m-%dT%H:%M:%SZ}/{asked.until:%Y-%m-%dT%H:%M:%SZ}"
        await self._ports.audit.record(actor, what, f"talkgroup:{asked.group} {time}")
        _recalled.labels(what).inc()

    def _talk(
        self, asked: PlaybackRequest, talk: RecordedTransmission, windows: Sequence[PlaybackWindow]
    ) -> dict[str, Any]:
        said = {
            name: plain(getattr(talk, name))
            for name in RecordedTransmission.__dataclass_fields__
            if name != "talkgroup"
        }
        return {**said, **_span(asked, windows, talk.began_at, talk.ended_at)}

    def _live(
        self, asked: PlaybackRequest, on_air: OnAir, windows: Sequence[PlaybackWindow]
    ) -> dict[str, Any]:
        """As a talk that is over, without an end."""
        said = {
            "talk_id": None,
            "party": on_air.party,
            "name": on_air.name,
            "priority": on_air.priority,
            "request_id": None,
            "emergency": on_air.emergency,
            "came_from": on_air.came_from,
            "began_at": plain(on_air.since),
            "ended_at": None,
            "cause": "",
            "end_seen": False,
        }
        return {**said, **_span(asked, windows, on_air.since, asked.until)}

    def _gap(
        self, asked: PlaybackRequest, gap: model.PlaybackGap, windows: Sequence[PlaybackWindow]
    ) -> dict[str, Any]:
        """`talked_s`: for so long somebody talked who is not heard."""
        talked = sum(_overlap(gap, began, ended) for began, ended in asked.times)
        where = model.span(windows, gap.since, gap.until)
        return {
            "since": plain(gap.since),
            "until": plain(gap.until),
            "from_s": where.from_s if where else None,
            "until_s": where.until_s if where else None,
            "talked_s": round(talked, 3),
        }


def _key(row: Row[Any]) -> str:
    return str(row.recording_id)


def _time(asked: PlaybackRequest) -> tuple[Sequence[RecordingPiece], datetime, datetime]:
    return asked.pieces, asked.since, asked.until


def _there(part: model.PlaybackPart, sounds: dict[str, RecordedSound]) -> model.PlaybackPart:
    return part if part.key is None or part.key in sounds else model.PlaybackPart(None, 0, part.samples)


def _written_until(rows: Sequence[Row[Any]], pieces: Sequence[RecordingPiece], now: datetime) -> datetime:
    """The end of what is on disk while a file is being written, else now."""
    running = any(row.state == RecordingState.EXPECTED for row in rows)
    newest = max((piece.ended for piece in pieces), default=now)
    return newest if running and now - timedelta(seconds=LIVE_S) <= newest <= now else now


def _span(
    asked: PlaybackRequest, windows: Sequence[PlaybackWindow], began: datetime, ended: datetime
) -> dict[str, Any]:
    """`recorded_s`: how much of what is played of the talk is heard."""
    where = model.span(windows, began, ended)
    first, last = max(began, asked.since), min(ended, asked.until)
    return {
        "from_s": where.from_s if where else None,
        "until_s": where.until_s if where else None,
        "recorded_s": round(model.held_s(asked.pieces, first, last), 3) if first < last else 0.0,
    }


def _overlap(gap: model.PlaybackGap, began: datetime, ended: datetime) -> float:
    return max(0.0, (min(gap.until, ended) - max(gap.since, began)).total_seconds())


def _recording(row: Row[Any]) -> dict[str, Any]:
    return {
        "recording_id": str(row.recording_id),
        "talkgroup": row.talkgroup,
        "state": row.state,
        "began_at": plain(row.began_at),
        "ended_at": plain(row.ended_at),
        "duration_s": row.duration_s,
    }
