"""The simulated radio: its life, its link and what the network tells it. Its commands: `answers`."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Iterable
from pathlib import Path

from tests.peers.simulated_tetra import sds
from tests.peers.simulated_tetra.answers import Answers, Failed
from tests.peers.simulated_tetra.ends import PtyEnd, TcpEnd
from tests.peers.simulated_tetra.identities import KIND
from tests.peers.simulated_tetra.lines import Command, LineReader, parse
from tests.peers.simulated_tetra.network import SWMI, GroupCall, Party, SimulatedNetwork
from tests.peers.simulated_tetra.profile import BOTH, TE_ONLY
from tests.peers.simulated_tetra.quirks import Quirks
from tests.peers.simulated_tetra.sds import Heard

IN_SERVICE = frozenset({1, 5})
RESTORATION_FAILED = 19
_LINK_USED, _NO_COMMAND, _NO_DATA_COMMAND, _NO_DATA = 2, 35, 36, 37
_TO_TE = frozenset({TE_ONLY, BOTH})
_MOST_WAITING = 64
"""Commands that nobody has answered yet; further ones are lost."""


class SimulatedRadio:
    """See the package. A group call is joined by itself; individual calls are not simulated."""

    def __init__(
        self,
        network: SimulatedNetwork,
        issi: int,
        *,
        groups: Iterable[int] = (),
        quirks: Quirks | None = None,
    ) -> None:
        self.network = network
        self.issi = issi
        self.quirks = quirks or Quirks()
        self.groups = set(groups)
        self.selected: int | None = next(iter(groups), None)
        self.reachable = True
        self.slow_s = 0.0
        self.commands: list[str] = []
        self.texts_in: list[sds.UserData] = []
        self.kept: list[Heard] = []
        """Short data that the profile left to the radio itself."""
        self.overruns = 0
        """Commands that came before the one before was answered."""
        self.calls: dict[int, GroupCall] = {}
        """By CC instance."""
        self._connected: set[int] = set()
        self._answers = Answers(self)
        self._reader = LineReader()
        self._pending: Command | None = None
        self._data_timer: asyncio.TimerHandle | None = None
        self._waiting: deque[Command | Failed] = deque()
        self._work: asyncio.Event = asyncio.Event()
        self._held: list[str] | None = None
        self._frozen = False
        self._failures: deque[int] = deque()
        self._tcp = TcpEnd(self._arrived, self._reader.forget)
        self._pty: PtyEnd | None = None
        self._busy = False
        self._worker = asyncio.create_task(self._answer_all(), name="simulated radio")
        network.join(self)

    # --- the link -----------------------------------------------------------------------------------------

    async def listen(self, port: int = 0) -> int:
        """The port on 127.0.0.1."""
        return await self._tcp.listen(port)

    def open_pty(self, path: Path) -> Path:
        """A link there to a serial port."""
        self._pty = PtyEnd(path, self._arrived)
        return path

    @property
    def connected(self) -> bool:
        """By TCP."""
        return self._tcp.connected

    async def close(self) -> None:
        self.network.lost(self)
        self._worker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._worker
        self._stop_data_timer()
        if self._pty is not None:
            self._pty.unplug()
        await self._tcp.close()

    def drop(self) -> None:
        """The connection is cut, the port comes back at once under another name."""
        self._reader.forget()
        self._tcp.drop()
        if self._pty is not None:
            self._pty.unplug()
            self._pty.plug()

    def unplug(self) -> None:
        self._tcp.open = False
        self._tcp.drop()
        if self._pty is not None:
            self._pty.unplug()

    def plug(self) -> None:
        self._tcp.open = True
        self._reader.forget()
        if self._pty is not None:
            self._pty.plug()

    def freeze(self) -> None:
        self._frozen = True

    def thaw(self) -> None:
        """What came in the meantime is lost."""
        self._frozen = False

    def garbage(self, data: bytes) -> None:
        self._out(data)

    # --- the radio ----------------------------------------------------------------------------------------

    async def restart(self, *, away_s: float = 0.2, link_stays: bool = False) -> None:
        """Talks end for the others; the TE is told nothing, and all that it has set is forgotten.

        `link_stays`: as on a serial line with a converter of its own, which does not notice.
        """
        self.reachable = False
        self.network.lost(self)
        if link_stays:
            self.freeze()
        else:
            self.unplug()
        self._reader.forget()
        self.calls.clear()
        self._connected.clear()
        self._waiting.clear()
        self._pending = None
        self._stop_data_timer()
        self._answers = Answers(self)
        await asyncio.sleep(away_s)
        self.reachable = self._answers.registered in IN_SERVICE
        self.thaw()
        self.plug()

    def registration(self, state: int) -> None:
        """0 searching, 1 home, 2 no network, 3 rejected, 4 unknown, 5 visited network."""
        self._answers.registered = state
        self.reachable = state in IN_SERVICE
        if not self.reachable:
            self.network.lost(self)
            for call in list(self.calls.values()):
                self.call_ends(call, RESTORATION_FAILED)
        if self._answers.tells_registration:
            self.unsolicited(self._answers.registration())

    def turn_knob(self, gssi: int) -> None:
        """Another group is selected at the radio itself, or by the network (DGNA)."""
        if self.selected is not None:
            self.groups.discard(self.selected)
        self.select(gssi)

    def select(self, gssi: int | None) -> None:
        self.selected = gssi
        if gssi is not None:
            self.groups.add(gssi)
        if self._answers.profile.group_management() in _TO_TE:
            self.unsolicited(self._answers.attached())

    def press(self) -> None:
        """Its own button, in the selected group."""
        assert self.selected is not None
        self.network.set_up(self, self.selected)

    def release(self) -> None:
        for call in list(self.calls.values()):
            self.network.cease(self, call)

    def fail_next(self, error: int, *, times: int = 1) -> None:
        self._failures.extend([error] * times)

    # --- what the network tells it ------------------------------------------------------------------------

    def hear(self, heard: Heard) -> None:
        handler = self._answers.profile.data(heard.sent)
        if handler in _TO_TE:
            self._forward(heard)
        else:
            self.kept.append(heard)
        by_itself = handler == BOTH or self.quirks.reports_itself
        if by_itself and heard.wants_report & 1 and heard.reference is not None and heard.pid is not None:
            answer = sds.report(heard.pid, sds.RECEIVED, heard.reference)
            self.network.send(self.issi, heard.sender, answer)

    def _forward(self, heard: Heard) -> None:
        form = self.quirks.identities
        write = self.network.mni.write
        digits = heard.sent.digits(odd=self.quirks.odd_hex)
        if self.quirks.lowercase_hex:
            digits = digits.lower()
        self.unsolicited(
            f"+CTSDSR: {heard.sent.service},{write(heard.sender, form)},{KIND[form]},"
            f"{write(heard.to, form)},{KIND[form]},{heard.sent.bits}\r\n{digits}"
        )

    def call_begins(self, call: GroupCall) -> None:
        instance = self._instance(call)
        self._connected.add(instance)
        write = self.network.mni.write
        self._tell_call(
            f"+CTICN: {instance},0,0,5,{write(call.owner.issi, 'extended')},1,1,0,1,1,"
            f"5,{write(call.gssi, 'extended')},{call.priority}"
        )

    def call_ends(self, call: GroupCall, cause: int = SWMI) -> None:
        instance = self._instance(call)
        del self.calls[instance]
        self._connected.discard(instance)
        self._tell_call(f"+CTCR: {instance},{cause}")

    def may_talk(self, call: GroupCall) -> None:
        self._tell_call(f"+CTXG: {self._connect(call)},0,0,0")

    def may_not_talk(self, call: GroupCall) -> None:
        self._tell_call(f"+CTXG: {self._connect(call)},1,0,0")

    def must_wait(self, call: GroupCall) -> None:
        self._tell_call(f"+CTXG: {self._connect(call)},2,0,0")

    def other_talks(self, call: GroupCall, talker: Party) -> None:
        self._tell_call(f"+CTXG: {self._connect(call)},3,0,0,3,{self._extended(talker)}")

    def must_stop(self, call: GroupCall, by: Party) -> None:
        self._tell_call(f"+CTXI: {self._connect(call)},3,0,0,3,{self._extended(by)}")

    def talk_ended(self, call: GroupCall, talker: Party) -> None:
        if talker is not self or self.quirks.says_own_end:
            self._tell_call(f"+CDTXC: {self._connect(call)},0")

    def _instance(self, call: GroupCall) -> int:
        """Its CC instance; a new one when the call is not known here yet."""
        for instance, known in self.calls.items():
            if known is call:
                return instance
        instance = next(number for number in range(1, 256) if number not in self.calls)
        self.calls[instance] = call
        return instance

    def _connect(self, call: GroupCall) -> int:
        """Its CC instance. The first that is heard of a call of ours is that it stands."""
        instance = self._instance(call)
        if instance not in self._connected:
            self._connected.add(instance)
            party = f"5,{self.network.mni.write(call.gssi, 'extended')}"
            if call.owner is self:
                self._tell_call(f"+CTOCP: {instance},0,0,1,1,0,1,1,{party}")
                self._tell_call(f"+CTCC: {instance},1,1,0,1,1,{party}")
            else:
                self.call_begins(call)
        return instance

    def _extended(self, party: Party) -> str:
        return self.network.mni.write(party.issi, "extended")

    def _tell_call(self, line: str) -> None:
        if self._answers.profile.calls() in _TO_TE:
            self.unsolicited(line)

    # --- commands -----------------------------------------------------------------------------------------

    def _arrived(self, data: bytes) -> None:
        if self._frozen:
            return
        if self._answers.echo:
            self._out(data)
        for byte in data:
            if (taken := self._reader.feed(byte)) is None:
                continue
            kind, text = taken
            if kind == "line":
                self._line(text)
            else:
                self._user_data(text, given_up=kind == "escape")

    def _line(self, text: str) -> None:
        self.commands.append(text)
        command = parse(text)
        if command is None:
            digits = all(sign in "0123456789abcdefABCDEF" for sign in text)
            self._queue(Failed(_NO_DATA_COMMAND if digits else _NO_COMMAND))
            return
        if command.name == "+CMGS" and command.kind == "set":
            failed = self._answers.refused_message(command)
            if failed is not None:
                self._queue(failed)
                return
            self._pending = command
            self._reader.expect_data()
            loop = asyncio.get_running_loop()
            self._data_timer = loop.call_later(self.quirks.user_data_s, self._no_data)
            if self.quirks.prompt:
                self._out(b"\r\n> ")
            return
        self._queue(command)

    def _user_data(self, text: str, *, given_up: bool) -> None:
        pending, self._pending = self._pending, None
        self._stop_data_timer()
        if pending is None:
            self._queue(Failed(_NO_DATA_COMMAND))
        elif given_up:
            self._queue(Command("", "do"))
        else:
            self._queue(Command(pending.name, "set", pending.arguments, text.strip()))

    def _no_data(self) -> None:
        self._pending = None
        self._reader.forget()
        self._queue(Failed(_NO_DATA))

    def _stop_data_timer(self) -> None:
        if self._data_timer is not None:
            self._data_timer.cancel()
            self._data_timer = None

    def _queue(self, command: Command | Failed) -> None:
        if self._busy or self._waiting:
            self.overruns += 1
        if len(self._waiting) < _MOST_WAITING:
            self._waiting.append(command)
            self._work.set()

    async def _answer_all(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while self._waiting:
                self._busy = True
                command = self._waiting.popleft()
                if self.slow_s:
                    await asyncio.sleep(self.slow_s)
                self._answer(command)
                self._busy = False

    def _answer(self, command: Command | Failed) -> None:
        self._held = []
        try:
            said = [*self._carry_out(command), "OK"]
        except Failed as failed:
            said = [self._answers.error(failed.code)]
        brought, self._held = self._held, None
        said = [] if self._answers.quiet else said
        for line in [*brought, *said] if self.quirks.unsolicited_first else [*said, *brought]:
            self.unsolicited(line)

    def _carry_out(self, command: Command | Failed) -> list[str]:
        if self._failures:
            raise Failed(self._failures.popleft())
        if isinstance(command, Failed):
            raise command
        return self._answers.to(command)

    def unsolicited(self, line: str) -> None:
        """A line to the TE; while a command is carried out, after its answer."""
        if self._held is not None:
            self._held.append(line)
        else:
            self._out(f"\r\n{line}\r\n".encode("latin-1"))

    def _out(self, data: bytes) -> None:
        if self._frozen:
            return
        pieces = [data[at : at + 1] for at in range(len(data))] if self.quirks.byte_by_byte else [data]
        for piece in pieces:
            self._tcp.write(piece)
            if self._pty is not None:
                self._pty.write(piece)
