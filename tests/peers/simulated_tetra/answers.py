"""What the simulated radio answers to each command, and what the TE has set. Clauses: EN 300 392-5, 6."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.peers.simulated_tetra import sds
from tests.peers.simulated_tetra.identities import ssi_of
from tests.peers.simulated_tetra.lines import Command
from tests.peers.simulated_tetra.network import EMERGENCY_DEMAND, LOW, USER_REQUEST
from tests.peers.simulated_tetra.profile import Profile
from tests.peers.simulated_tetra.sds import UserData

if TYPE_CHECKING:
    from tests.peers.simulated_tetra.radio import SimulatedRadio

NOT_NOW, NOT_KNOWN, BAD_DIAL, OUT_OF_SERVICE, BAD_DATA = 3, 4, 27, 30, 32
WRONG_TYPE, OUT_OF_RANGE, SYNTAX = 33, 34, 35
_AREA = 1
_FIXED = {
    "+GMI": "Simulated", "+CGMI": "Simulated", "+GMM": "Simulated radio", "+CGMM": "Simulated radio",
    "+GMR": "0", "+CGMR": "0", "I": "Simulated radio",
}  # fmt: skip


class Failed(Exception):
    """With the number of +CME ERROR."""

    def __init__(self, code: int) -> None:
        super().__init__(f"+CME ERROR: {code}")
        self.code = code


class Answers:
    """Made anew when the radio restarts."""

    def __init__(self, radio: SimulatedRadio) -> None:
        self._radio = radio
        self.registered = 1
        self.reset()
        self._known: dict[tuple[str, str], Callable[[Command], list[str]]] = {
            ("E", "do"): self._set_echo,
            ("Q", "do"): self._set_quiet,
            ("V", "do"): lambda _: [],
            ("Z", "do"): self._reset,
            ("&F", "do"): self._reset,
            ("", "do"): lambda _: [],
            ("D", "do"): self._dial,
            ("H", "do"): self._hang_up,
            ("+CMEE", "set"): self._set_errors,
            ("+CREG", "set"): self._set_registration,
            ("+CREG", "read"): lambda _: [self.registration(read=True)],
            ("+CTOM", "set"): self._set_mode,
            ("+CTOM", "read"): lambda _: [f"+CTOM: {self.mode}"],
            ("+CTSP", "set"): self._set_profile,
            ("+CTSDS", "set"): self._set_data_service,
            ("+CTSDS", "read"): lambda _: [f"+CTSDS: {self.data_service},0,0,0,0"],
            ("+CTSDC", "set"): self._set_call,
            ("+CMGS", "set"): self._send,
            ("+CMGS", "test"): lambda _: [f"+CMGS: (8-{radio.quirks.most_bits})"],
            ("+CTGS", "set"): self._set_groups,
            ("+CTGS", "read"): lambda _: [self.attached()],
            ("+CNUMF", "read"): lambda _: [f"+CNUMF: 6,{radio.network.mni.write(radio.issi, 'extended')}"],
            ("+CNUMS", "read"): lambda _: self._static_groups(),
            ("+CNUMD", "read"): lambda _: [],
            ("+CSQ", "read"): lambda _: ["+CSQ: 20,99"],
            ("+CBC", "read"): lambda _: ["+CBC: 0,80"],
            ("+CTXD", "set"): self._demand,
            ("+CUTXC", "set"): self._cease,
        }
        self._instance = 0

    def reset(self) -> None:
        quirks = self._radio.quirks
        self.echo = quirks.echo
        self.quiet = False
        self.errors = 1 if quirks.numeric_errors else 0
        self.profile = Profile(everything=not quirks.profile_needed)
        self.mode = 0
        self.telling = 0
        self.data_service = sds.TYPE_4
        self.call_priority = 0

    def to(self, command: Command) -> list[str]:
        """The lines before OK. Raises `Failed`."""
        if command.name in _FIXED and command.kind in {"do", "read"}:
            return [_FIXED[command.name]]
        known = self._known.get((command.name, command.kind))
        if known is None:
            raise Failed(NOT_KNOWN)
        try:
            return known(command)
        except ValueError:
            raise Failed(WRONG_TYPE) from None
        except IndexError:
            raise Failed(SYNTAX) from None

    def error(self, code: int) -> str:
        return "ERROR" if self.errors == 0 else f"+CME ERROR: {code}"

    @property
    def tells_registration(self) -> bool:
        return self.telling > 0

    def registration(self, *, read: bool = False) -> str:
        fields = [str(self.registered)]
        if self._radio.quirks.location and self.registered in {1, 5}:
            fields += [str(_AREA), self._radio.network.mni.digits]
        if read and self._radio.quirks.long_registration:
            fields.insert(0, str(self.telling))
        return f"+CREG: {','.join(fields)}"

    def attached(self) -> str:
        """The selected group first, then those that are scanned."""
        radio, write = self._radio, self._radio.network.mni.write
        rest = sorted(radio.groups - {radio.selected})
        pairs = ([(1, radio.selected)] if radio.selected is not None else []) + [(2, one) for one in rest]
        return "+CTGS: " + (",".join(f"{kind},{write(gssi, 'extended')}" for kind, gssi in pairs) or "0")

    # --- settings -----------------------------------------------------------------------------------------

    def _set_echo(self, command: Command) -> list[str]:
        self.echo = command.number(0, 0) == 1
        return []

    def _set_quiet(self, command: Command) -> list[str]:
        self.quiet = command.number(0, 0) == 1
        return []

    def _reset(self, command: Command) -> list[str]:
        self.reset()
        return []

    def _set_errors(self, command: Command) -> list[str]:
        self.errors = _within(command.number(0), 0, 2)
        return []

    def _set_registration(self, command: Command) -> list[str]:
        self.telling = _within(command.number(0), 0, 2)
        return []

    def _set_mode(self, command: Command) -> list[str]:
        self.mode = _within(command.number(0), 0, 6)
        return []

    def _set_profile(self, command: Command) -> list[str]:
        handler, layer_1 = command.number(0), command.number(1)
        try:
            self.profile.set(handler, layer_1, command.number(2, 0))
        except ValueError:
            raise Failed(OUT_OF_RANGE) from None
        return []

    def _set_data_service(self, command: Command) -> list[str]:
        self.data_service = _within(command.number(0), sds.TYPE_1, sds.STATUS)
        return []

    def _set_call(self, command: Command) -> list[str]:
        """+CTSDC; what counts here: it is a group's speech, and its priority. The caller talks first."""
        if command.number(0) != 0:
            raise Failed(NOT_KNOWN)
        self.call_priority = _within(command.number(9, 0), 0, 15)
        return []

    def _set_groups(self, command: Command) -> list[str]:
        pairs = list(zip(command.arguments[::2], command.arguments[1::2], strict=False))
        radio = self._radio
        if command.arguments == ("0",):
            radio.groups.clear()
            radio.select(None)
            return []
        if not pairs or len(command.arguments) % 2:
            raise Failed(SYNTAX)
        self._in_service()
        selected = radio.selected
        groups = set()
        for kind, digits in pairs:
            gssi = ssi_of(digits)
            if gssi is None or not kind.isdigit() or int(kind) > 7:
                raise Failed(OUT_OF_RANGE)
            groups.add(gssi)
            selected = gssi if kind == "1" else selected
        radio.groups.clear()
        radio.groups.update(groups)
        radio.select(selected)
        return []

    def _static_groups(self) -> list[str]:
        write = self._radio.network.mni.write
        return [f"+CNUMS: 1,{write(one, 'tsi')},Group {one}" for one in sorted(self._radio.groups)]

    # --- short data ---------------------------------------------------------------------------------------

    def refused_message(self, command: Command) -> Failed | None:
        """Why the second line of a +CMGS is not waited for."""
        try:
            bits = command.number(1)
        except ValueError:
            return Failed(WRONG_TYPE)
        except IndexError:
            return Failed(SYNTAX)
        wanted = sds.WIDTH.get(self.data_service)
        if ssi_of(command.arguments[0]) is None or not 8 <= bits <= self._radio.quirks.most_bits:
            return Failed(OUT_OF_RANGE)
        return None if wanted in {None, bits} else Failed(OUT_OF_RANGE)

    def _send(self, command: Command) -> list[str]:
        self._in_service()
        to, bits, digits = ssi_of(command.arguments[0]), command.number(1), command.data or ""
        assert to is not None
        needed = -(-bits // 4)
        if len(digits) not in {needed, needed + needed % 2}:
            raise Failed(BAD_DATA)
        try:
            data = bytes.fromhex(digits + "0" * (len(digits) % 2))
        except ValueError:
            raise Failed(BAD_DATA) from None
        sent = UserData(self.data_service, bits, data)
        self._instance = (self._instance + 1) % 256
        self._radio.texts_in.append(sent)
        went = self._radio.network.send(self._radio.issi, to, sent)
        transported = (sent.pid or 0) >= 0x80 and len(data) > 2 and data[1] >> 4 == sds.TRANSFER
        reference = data[2] if transported else self._instance
        self._radio.unsolicited(f"+CMGS: {self._instance},{4 if went else 5},{reference}")
        return [f"+CMGS: {self._instance}"] if self._radio.quirks.reference_at_once else []

    # --- calls --------------------------------------------------------------------------------------------

    def _dial(self, command: Command) -> list[str]:
        gssi = ssi_of(command.arguments[0].rstrip(";"))
        if gssi is None:
            raise Failed(BAD_DIAL)
        self._in_service()
        demand = EMERGENCY_DEMAND if self.call_priority == 15 else LOW
        self._radio.network.set_up(self._radio, gssi, priority=self.call_priority, demand=demand)
        return []

    def _hang_up(self, command: Command) -> list[str]:
        radio = self._radio
        for call in list(radio.calls.values()):
            radio.network.cease(radio, call)
            if call.owner is radio:
                radio.network.end_call(call.gssi, cause=USER_REQUEST)
            else:
                radio.call_ends(call, USER_REQUEST)
        return []

    def _demand(self, command: Command) -> list[str]:
        self._in_service()
        call = self._radio.calls.get(command.number(0))
        demand = _within(command.number(1, 0), 0, 3)
        if call is None:
            raise Failed(OUT_OF_RANGE)
        self._radio.network.demand(self._radio, call, demand)
        return []

    def _cease(self, command: Command) -> list[str]:
        call = self._radio.calls.get(command.number(0))
        if call is None:
            raise Failed(OUT_OF_RANGE)
        self._radio.network.cease(self._radio, call)
        return []

    def _in_service(self) -> None:
        if not self._radio.reachable:
            raise Failed(OUT_OF_SERVICE)
        if self.mode != 0:
            raise Failed(NOT_NOW)


def _within(value: int, least: int, most: int) -> int:
    """Raises `Failed`."""
    if not least <= value <= most:
        raise Failed(OUT_OF_RANGE)
    return value
