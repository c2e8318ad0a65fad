"""The recorders of talkgroups' conferences, in the role `centre`.

What is to be is compared with what the switch has, four times a second. A recorder that is there goes on
without this process; the next run finds it there and places no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from core.clock import Clock
from core.errors import Conflict, SonghuaError
from core.log import logger
from core.metrics import counter, gauge
from core.room import Health
from core.tasks import Tasks
from radio_bridge.switch.conference.model import conference_of
from radio_bridge.switch.recording.model import (
    AddRecorder,
    ConferenceRecorder,
    ConferenceSnapshot,
    longest,
    next_step,
    recorder_of,
)
from radio_bridge.switch.recording.ports import OpenConferences, RecordedTalkgroups, RecorderSwitch
from radio_bridge.switch.recording.settings import RecordingSettings

_log = logger("radio_bridge")
_recorded = gauge("radio_bridge_talkgroups_recorded", "Talkgroups that are being recorded")
_unrecorded = gauge("radio_bridge_talkgroups_unrecorded", "Talkgroups that are to be recorded and are not")
_steps = counter("radio_bridge_recorders", "Recorders asked for and sent out, by what came of it", ["what"])

LOOKS_EVERY_S: Final = 0.25
NOBODY: Final = "Local/"
"""Begins the name of a recorder's leg."""
LATE_S: Final = 10.0
"""A talkgroup that is not recorded for so long is said in health."""


class Recorders:
    name = "recorders"

    def __init__(
        self,
        settings: RecordingSettings,
        switch: RecorderSwitch,
        conferences: OpenConferences,
        register: RecordedTalkgroups,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._switch = switch
        self._conferences = conferences
        self._register = register
        self._clock = clock
        self._asked: dict[str, float] = {}
        self._alone: dict[str, float] = {}
        """Since when nobody but a recorder is in the conference."""
        self._missing: dict[str, float] = {}
        """Since when a talkgroup that is to be recorded is not."""
        self._busy: set[str] = set()
        self._tasks = Tasks("recorders")

    async def start(self) -> None:
        if self._settings.enabled:
            self._tasks.forever("look", self._run)

    async def stop(self) -> None:
        """Recorders stay: what is said while this process is away is recorded, too."""
        await self._tasks.stop()

    def health(self) -> Sequence[Health]:
        now = self._clock.monotonic()
        late = sorted(group for group, since in self._missing.items() if now - since > LATE_S)
        if not late:
            return (Health(self.name, "up"),)
        why = (
            f"{len(late)} talkgroups are not recorded, the first is {late[0]}: "
            "see that Asterisk runs and has disk space"
        )
        return (Health(self.name, "degraded", why),)

    async def _run(self) -> None:
        while True:
            self.look()
            await asyncio.sleep(LOOKS_EVERY_S)

    def look(self) -> None:
        """Begin what is to be done in each conference; one step at a time for each."""
        wanted = self._wanted()
        found = {group: self._recorders(group) for group in {*wanted, *self._conferences.groups()}}
        now = self._clock.monotonic()
        self._missing = {group: self._missing.get(group, now) for group in wanted if not found[group]}
        _recorded.set(len(wanted) - len(self._missing))
        _unrecorded.set(len(self._missing))
        if not self._switch.up:
            return
        for group, recorders in found.items():
            self._step(group, recorders, wanted=group in wanted)

    # --- inside ---------------------------------------------------------------------------------------

    def _wanted(self) -> set[str]:
        """Those of networks with voice, and those that somebody is in; at most so many."""
        now = self._clock.monotonic()
        voiced = [group for group in sorted(self._conferences.voiced()) if self._may(group)]
        others = [
            group
            for group in sorted(self._conferences.groups())
            if group not in voiced and self._may(group) and self._is_used(group, now)
        ]
        found = [*voiced, *others]
        if len(found) > self._settings.most:
            _log.warning("too many talkgroups to record", recorded=self._settings.most, wanted=len(found))
        return set(found[: self._settings.most])

    def _may(self, group: str) -> bool:
        known = self._register.class_of(group)
        classes = self._settings.classes
        fits = known is not None and (classes is None or known in classes)
        return fits and group not in self._settings.not_these

    def _is_used(self, group: str, now: float) -> bool:
        if any(not _is_recorder(leg.channel, leg.party) for leg in self._conferences.legs(group)):
            self._alone.pop(group, None)
            return True
        if not self._recorders(group):
            self._alone.pop(group, None)
            return False
        return now - self._alone.setdefault(group, now) < self._settings.hold_s

    def _recorders(self, group: str) -> list[ConferenceRecorder]:
        legs = self._conferences.legs(group)
        found = [recorder_of(leg.channel, leg.party) for leg in legs]
        return [one for one in found if one is not None]

    def _is_unknown(self, group: str) -> bool:
        """It is open and it was not looked who is in it, or it is not known yet who that is."""
        legs = self._conferences.legs(group)
        nameless = any(not leg.party and leg.channel.startswith(NOBODY) for leg in legs)
        return nameless or (not legs and group in self._conferences.groups())

    def _step(self, group: str, recorders: Sequence[ConferenceRecorder], *, wanted: bool) -> None:
        if group in self._busy:
            return
        asked = self._asked.get(group)
        seen = ConferenceSnapshot(
            recorders,
            unknown=self._is_unknown(group),
            asked=None if asked is None else self._clock.monotonic() - asked,
        )
        step = next_step(
            seen,
            wanted=wanted,
            now=self._clock.now().timestamp(),
            longest_s=longest(group, self._settings.piece_s),
        )
        if step is None:
            return
        self._busy.add(group)
        started = (
            self._tasks.spawn("place", lambda: self._place(group))
            if isinstance(step, AddRecorder)
            else self._tasks.spawn("end", lambda: self._end(group, step.channel))
        )
        if not started:
            self._busy.discard(group)

    async def _place(self, group: str) -> None:
        self._asked[group] = self._clock.monotonic()
        try:
            await self._switch.place_recorder(conference_of(group))
            _steps.labels("placed").inc()
        except SonghuaError as error:
            _steps.labels("not_placed").inc()
            _log.warning("a talkgroup's recorder was not placed", error=error.kind, talkgroup=group)
        finally:
            self._busy.discard(group)

    async def _end(self, group: str, channel: str) -> None:
        try:
            await self._switch.send_out(conference_of(group), channel)
            _steps.labels("ended").inc()
            # Until the switch has told that it left, it is not sent out again.
            await asyncio.sleep(LOOKS_EVERY_S)
        except Conflict:
            _steps.labels("gone").inc()
        except SonghuaError as error:
            _log.warning("a talkgroup's recorder was not sent out", error=error.kind, talkgroup=group)
        finally:
            self._busy.discard(group)


def _is_recorder(channel: str, party: str) -> bool:
    return recorder_of(channel, party) is not None
