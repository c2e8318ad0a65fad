"""A person or a script at the terminal: jobs are shown, keys or scripted steps are reported."""

from __future__ import annotations

import asyncio
import contextlib
import os
import stat
import sys
from collections.abc import Sequence
from uuid import UUID

from cases.events import CrewStep, DispatchStep
from core.errors import SonghuaError
from field.contract.names import is_uid
from gateway.unit_cli.jobs import TerminalJob
from gateway.unit_cli.screen import Screen
from gateway.unit_cli.talk import TerminalFloor
from gateway.unit_cli.terminal import TerminalChange, UnitTerminal

KEYS: dict[str, CrewStep] = {
    "a": DispatchStep.ACCEPTED,
    "x": DispatchStep.DECLINED,
    "w": DispatchStep.ON_THE_WAY,
    "r": DispatchStep.ARRIVED,
    "d": DispatchStep.DONE,
    "b": DispatchStep.RETURNED,
}
TALK, EMERGENCY = "t", "T"
CHANGES_LIMIT = 1000


class TerminalSession:
    """`on_change` is what the terminal is given; changes beyond the limit are only not shown."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._changes: asyncio.Queue[TerminalChange] = asyncio.Queue(CHANGES_LIMIT)
        self._chosen: UUID | None = None
        self._group = ""

    def on_change(self, change: TerminalChange) -> None:
        """Queue a change for the screen; the queue is bounded, and what does not fit is shown with the next
        list.
        """
        with contextlib.suppress(asyncio.QueueFull):
            self._changes.put_nowait(change)

    async def show_changes(self, terminal: UnitTerminal) -> None:
        """Show what happens, and say `displayed` for each job that was shown."""
        for number, job in enumerate(terminal.jobs(), start=1):
            if job.open:
                self._show(terminal, number, job)
        while True:
            change = await self._changes.get()
            if change.kind == "job" and change.dispatch_id is not None:
                for number, job in enumerate(terminal.jobs(), start=1):
                    if job.dispatch_id == change.dispatch_id:
                        self._show(terminal, number, job)
            else:
                self._screen.line(
                    change.kind, change.detail, dispatch_id=change.dispatch_id, detail=change.detail
                )

    async def play(
        self, terminal: UnitTerminal, steps: Sequence[CrewStep], *, delay_s: float, note: str, once: bool
    ) -> None:
        """Answer each job by itself: one step after another with `delay_s` between; `once`: the first job."""
        while True:
            job = await _next_to_play(terminal, steps)
            for step in steps:
                await asyncio.sleep(delay_s)
                try:
                    terminal.report(job.dispatch_id, step, note=note if step is DispatchStep.DONE else "")
                except SonghuaError as error:
                    self._screen.line(error.kind, dispatch_id=job.dispatch_id)
                    break
                self._screen.line(step, job.body.case_number, dispatch_id=job.dispatch_id)
            if once:
                return

    async def read_keys(
        self, terminal: UnitTerminal, talk: TerminalFloor, groups: Sequence[str] = ()
    ) -> None:
        """Read lines until `q` or the end of the input. The first of `groups` is talked on unless told."""
        self._group = next(iter(groups), "")
        if not _can_be_read(sys.stdin.fileno()):
            # No keyboard (a service, /dev/null): stay, show and acknowledge until a signal comes.
            await asyncio.Event().wait()
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(limit=65_536)
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
        self._screen.line("keys")
        self._screen.line("talk_keys")
        while True:
            raw = await reader.readline()
            line = raw.decode(errors="replace").strip()
            if not raw or line == "q":
                return
            if line[:1] in {TALK, EMERGENCY}:
                self._button(talk, line[1:].strip(), emergency=line[0] == EMERGENCY)
            else:
                self._key(terminal, line)

    def _button(self, talk: TerminalFloor, group: str, *, emergency: bool) -> None:
        """A line is a press or, when it is pressed already, lets go."""
        if talk.pressed:
            talk.let_go()
            self._screen.line("floor_let_go")
            return
        if group and not is_uid(group):
            group = self._group = ""
        self._group = group or self._group
        if not self._group:
            self._screen.line("which_group")
            return
        talk.press(self._group, emergency=emergency)

    def _key(self, terminal: UnitTerminal, line: str) -> None:
        jobs = terminal.jobs()
        if line.isdigit() and 1 <= int(line) <= len(jobs):
            self._chosen = jobs[int(line) - 1].dispatch_id
            return
        step = KEYS.get(line[:1])
        open_ones = [job.dispatch_id for job in jobs if job.open]
        target = self._chosen if self._chosen in open_ones else next(iter(open_ones), None)
        if step is None:
            self._screen.line("keys")
            return
        if target is None:
            self._screen.line("no_jobs")
            return
        text = line[1:].strip()
        spoken = {"note": text} if step is DispatchStep.DONE else {"reason": text}
        try:
            terminal.report(target, step, **spoken)
        except SonghuaError as error:
            self._screen.line(error.kind)
            return
        self._screen.line(step, dispatch_id=target)

    def _show(self, terminal: UnitTerminal, number: int, job: TerminalJob) -> None:
        self._screen.job(number, job)
        if job.step in {"", "delivered"}:
            terminal.report(job.dispatch_id, DispatchStep.DISPLAYED)


async def _next_to_play(terminal: UnitTerminal, steps: Sequence[CrewStep]) -> TerminalJob:
    """An open job whose script has not come to its end."""
    while True:
        for job in terminal.jobs():
            if job.open and (not steps or job.step != steps[-1]):
                return job
        await asyncio.sleep(0.1)


def _can_be_read(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return os.isatty(descriptor) or stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
