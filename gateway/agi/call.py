"""A handler's view of one call: its environment and typed verbs.

Names come from closed sets, caller text only ever stands in a quoted argument.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway.agi.codec import AgiReply, Environment, encode
from gateway.agi.errors import CommandFailed, CommandRefused, UnsafeArgument

COMMANDS = frozenset(
    {"ANSWER", "CHANNEL STATUS", "GET VARIABLE", "GOSUB", "HANGUP", "NOOP", "SET VARIABLE", "WAIT FOR DIGIT"}
)
"""Commands that may be sent; none of them runs an application, reads a file or evaluates an expression."""

_WORD = re.compile(r"[A-Za-z0-9*#+_-]{1,80}")
_GOSUB_ARGUMENT = re.compile(r"[\w./:&+#*-]{0,200}", re.ASCII)


@dataclass(frozen=True, slots=True)
class AgiNames:
    """The contexts that a dialogue may enter and the variables that it may set and read."""

    contexts: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()


Exchange = Callable[[bytes, float | None], Awaitable[AgiReply]]


class AgiCall:
    """One call in dialogue. Every verb raises `CallGone` once the call has left."""

    def __init__(self, env: Environment, names: AgiNames, exchange: Exchange) -> None:
        self.env = env
        self._names = names
        self._exchange = exchange

    async def command(self, command: str, *arguments: str, deadline: float | None = None) -> AgiReply:
        """Send one of `COMMANDS`, and wait `deadline` seconds at most.

        Raises `UnsafeArgument` (nothing was sent), `CommandRefused` for answers 510 and 520, `CallGone`.
        `result=-1` is left to the caller: it is an error for some commands only.
        """
        if command not in COMMANDS:
            raise UnsafeArgument("the command is not one that the gateway may use")
        answer = await self._exchange(encode(tuple(command.split()), arguments), deadline)
        if answer.code != 200:
            raise CommandRefused(f"{command}: {answer.code}")
        return answer

    async def answer(self) -> None:
        """Answer the call; raises `CommandFailed` if it cannot be."""
        _checked("ANSWER", await self.command("ANSWER"))

    async def hangup(self) -> None:
        """Hang up this channel."""
        _checked("HANGUP", await self.command("HANGUP"))

    async def set_variable(self, name: str, value: str) -> None:
        """Set a channel variable of the closed set; `value` may be any text without line ends."""
        await self.command("SET VARIABLE", self._variable(name), value)

    async def get_variable(self, name: str) -> str | None:
        """A channel variable of the closed set, or None if it is not set.

        Asterisk gives at most 1,023 bytes and may cut inside a character (then it ends with U+FFFD).
        """
        answer = await self.command("GET VARIABLE", self._variable(name))
        return answer.value if answer.result == "1" else None

    async def gosub(
        self, context: str, extension: str, priority: int, *arguments: str, deadline: float | None = None
    ) -> None:
        """Run a dialplan subroutine and wait until it returns; `deadline` must cover what it plays.

        Raises `CommandFailed` if the subroutine is not there or was left.
        """
        if context not in self._names.contexts:
            raise UnsafeArgument("the context is not one that the gateway may use")
        if not _WORD.fullmatch(extension):
            raise UnsafeArgument("not a valid extension")
        if not all(_GOSUB_ARGUMENT.fullmatch(argument) for argument in arguments):
            raise UnsafeArgument("an argument of a subroutine may hold file names and digits only")
        given = (context, extension, str(int(priority)), *((",".join(arguments),) if arguments else ()))
        _checked("GOSUB", await self.command("GOSUB", *given, deadline=deadline))

    def _variable(self, name: str) -> str:
        if name not in self._names.variables:
            raise UnsafeArgument("the variable is not one that the gateway may use")
        return name


def _checked(command: str, answer: AgiReply) -> None:
    if answer.result == "-1":
        raise CommandFailed(command)
