"""The video of one camera for all who look at it: asked once, as long as somebody looks."""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

from sensing.errors import CameraFault, NoPicture
from sensing.live.access_units import AccessUnit, AccessUnitCollector
from sensing.live.mp4 import TIMESCALE, ParameterSets, begin, fragment, parameter_sets
from sensing.live.transcoder import Transcoding, transcoding
from sensing.snapshots.rtsp_camera import KEEP_ALIVE_S, PlayedVideo

MOST_WAITING: Final = 100
"""Pictures that wait for a slow page; then it goes on at the next keyframe."""
MOST_GROUP: Final = 12 * 1024 * 1024
"""Bytes since the last keyframe that are kept for who joins."""
MOST_TIMES: Final = 4_096
SILENT_S: Final = 10.0
"""A camera that sends no picture for so long is given up."""
_WRAP: Final = 1 << 32
_USUAL: Final = TIMESCALE // 25


@dataclass(frozen=True, slots=True)
class CodedVideo:
    """Pictures of a camera in the order of decoding, from a keyframe on; each keyframe has what a decoder
    needs first. `codec` is `h264` or `hevc`.
    """

    codec: str
    pictures: AsyncGenerator[AccessUnit]


@dataclass(slots=True)
class LiveFragments:
    """Turns pictures of H.264 into the fragments of one stream."""

    sets: ParameterSets | None = None
    _number: int = 0
    _zero: int | None = None
    _shown: int = 0
    _decoded: int = -1
    _lasts: int = _USUAL

    def add(self, unit: AccessUnit) -> bytes | None:
        """None before the first keyframe. Raises `NoPicture` when the sets change: the page asks anew."""
        found = parameter_sets(unit.units)
        if found is not None and self.sets is not None and found != self.sets:
            raise NoPicture(CameraFault.CODEC, "it changed its picture's form: look again")
        self.sets = self.sets or found
        if self.sets is None or (self._zero is None and not unit.key):
            return None
        pictures = [one for one in unit.units if one[0] & 0x1F not in {7, 8, 9}]
        if not pictures:
            return None
        self._number += 1
        shown = self._time(unit.timestamp)
        decoded = max(self._decoded + 1, shown)
        if 0 < decoded - self._decoded < TIMESCALE and self._decoded >= 0:
            self._lasts = decoded - self._decoded
        self._decoded = decoded
        return fragment(
            self._number, pictures, decoded_at=decoded, shown_after=shown - decoded, lasts=self._lasts,
            key=unit.key,
        )  # fmt: skip

    @property
    def begun(self) -> bool:
        return self._number > 0

    @property
    def seconds(self) -> float:
        """Of video that are made."""
        return (self._decoded + self._lasts) / TIMESCALE if self._decoded >= 0 else 0.0

    def _time(self, timestamp: int) -> int:
        """Since the first picture; a clock that jumps by more than ten seconds goes on as usual."""
        if self._zero is None:
            self._zero = timestamp
        step = (timestamp - self._zero - self._shown + _WRAP // 2) % _WRAP - _WRAP // 2
        if abs(step) > 10 * TIMESCALE:
            self._zero = (timestamp - self._shown - self._lasts) % _WRAP
            step = self._lasts
        self._shown += step
        return max(0, self._shown)


@dataclass(eq=False, slots=True)
class LiveViewer:
    """Who looks: what he has not been sent yet. None is the end."""

    queue: asyncio.Queue[bytes | None] = field(default_factory=lambda: asyncio.Queue(MOST_WAITING))
    behind: bool = False

    def put(self, data: bytes, *, key: bool) -> None:
        if self.behind and not (key and self.queue.empty()):
            return
        self.behind = False
        if self.queue.qsize() >= MOST_WAITING - 1:
            self.behind = True
            return
        self.queue.put_nowait(data)

    def end(self) -> None:
        while self.queue.full():
            self.queue.get_nowait()
        self.queue.put_nowait(None)


class CameraChannel:
    """`run` asks the camera until it is cancelled or there is no more picture; `ready` when the first
    fragments are there; `fault` is why it ended.
    """

    def __init__(self, program: str = "ffmpeg") -> None:
        self._program = program
        self._fragments = LiveFragments()
        self._group: list[bytes] = []
        self._bytes = 0
        self.viewers: set[LiveViewer] = set()
        self.changed = asyncio.Event()
        self.fault: NoPicture | None = None
        self.taker: Callable[[bytes], None] | None = None
        """Is given every byte of the video from its beginning on."""
        self.recorded = False
        """The video is of a recording: what is transcoded keeps its times, however fast it comes."""

    @property
    def mime(self) -> str:
        """Empty until the first keyframe has come."""
        sets = self._fragments.sets
        return f'video/mp4; codecs="{sets.codec}"' if sets is not None and self._group else ""

    @property
    def seconds(self) -> float:
        """Of video that have come."""
        return self._fragments.seconds

    def require(self) -> None:
        """Raises why it has ended."""
        if self.fault is not None:
            raise NoPicture(self.fault.fault, self.fault.detail)

    def join(self) -> LiveViewer:
        """From the last keyframe on."""
        viewer = LiveViewer()
        assert self._fragments.sets is not None
        viewer.queue.put_nowait(begin(self._fragments.sets) + b"".join(self._group))
        self.viewers.add(viewer)
        return viewer

    async def run(self, video: PlayedVideo) -> None:
        """A camera of RTSP. Raises `NoPicture`."""
        await self.show(CodedVideo(video.stream.codec, _units(video)))

    async def show(self, video: CodedVideo) -> None:
        """Until it ends. Raises `NoPicture`."""
        async with aclosing(video.pictures):
            if video.codec == "h264":
                async for unit in _in_time(video.pictures):
                    self._take(unit)
            else:
                await self._transcode(video.codec, video.pictures)

    async def _transcode(self, codec: str, units: AsyncIterator[AccessUnit]) -> None:
        try:
            times: list[int] = []
            async with transcoding(codec, self._program) as made, asyncio.TaskGroup() as both:
                both.create_task(_feed(units, made, times))
                async for pictures in made.pictures():
                    self._take(_stamped(pictures, times if self.recorded else []))
        except* NoPicture as errors:
            fault = next(one for one in errors.exceptions if isinstance(one, NoPicture))
            raise NoPicture(fault.fault, fault.detail) from None

    def end(self, fault: NoPicture) -> None:
        self.fault = fault
        for viewer in self.viewers:
            viewer.end()
        self.changed.set()

    def _take(self, unit: AccessUnit) -> None:
        before = self._fragments.begun
        data = self._fragments.add(unit)
        if data is None:
            return
        if self.taker is not None:
            assert self._fragments.sets is not None
            self.taker(data if before else begin(self._fragments.sets) + data)
        if unit.key:
            self._group, self._bytes = [], 0
        self._bytes += len(data)
        if self._group or unit.key:
            self._group.append(data)
        if self._bytes > MOST_GROUP:
            self._group = []
        for viewer in self.viewers:
            viewer.put(data, key=unit.key)
        self.changed.set()


async def _units(video: PlayedVideo) -> AsyncGenerator[AccessUnit]:
    """Pictures with what a decoder needs first; the camera is told now and then that we are there."""
    collector, said = AccessUnitCollector(video.stream), time.monotonic()
    first = list(video.stream.parameters)
    sets: dict[int, bytes] = {}
    hevc = video.stream.codec == "hevc"
    async for packet in video.packets:
        if time.monotonic() - said > KEEP_ALIVE_S:
            said = time.monotonic()
            await video.keep_alive()
        unit = collector.add(packet)
        if unit is None:
            continue
        kinds = {(one[0] >> 1) & 0x3F if hevc else one[0] & 0x1F: one for one in unit.units}
        sets |= {kind: one for kind, one in kinds.items() if kind in ({32, 33, 34} if hevc else {7, 8})}
        if unit.key:
            given = first if not sets else [sets[kind] for kind in sorted(sets)]
            rest = [one for one in unit.units if one not in given]
            yield AccessUnit([*given, *rest], unit.timestamp, key=True)
        elif not kinds.keys() <= sets.keys():
            yield unit


async def _in_time(units: AsyncIterator[AccessUnit]) -> AsyncIterator[AccessUnit]:
    """Raises `NoPicture` when the next one does not come."""
    while True:
        try:
            async with asyncio.timeout(SILENT_S):
                unit = await anext(units)
        except TimeoutError:
            raise NoPicture(CameraFault.SLOW) from None
        except StopAsyncIteration:
            return
        yield unit


async def _feed(units: AsyncIterator[AccessUnit], into: Transcoding, times: list[int]) -> None:
    """`times` of the pictures that are in."""
    async for unit in _in_time(units):
        if len(times) < MOST_TIMES:
            heapq.heappush(times, unit.timestamp)
        await into.put(unit.units)
    into.finish()


def _stamped(units: list[bytes], times: list[int]) -> AccessUnit:
    """What ffmpeg made has no time: it is that of the earliest picture that is in, else it is shown when it
    comes.
    """
    now = heapq.heappop(times) if times else int(time.monotonic() * TIMESCALE) % _WRAP
    return AccessUnit(units, now, any(one[0] & 0x1F == 5 for one in units))
