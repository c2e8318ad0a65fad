"""What commands do with acts that need a second person: the first run asks, the same command runs the act
once it is approved, and `--alone` runs it at once and alarms.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from core.actor import Actor
from core.second_person import ApprovalWish
from gateway.commands.acting import operator

if TYPE_CHECKING:
    from core.storage import Storage
    from gateway.settings import Settings

WhyOption = Annotated[
    str, typer.Option("--why", help="The reason, without names and numbers of persons. 理由。")
]
AloneOption = Annotated[
    bool,
    typer.Option(
        "--alone",
        help="Run it now without a second person; alarms until somebody approves it (docs/approvals.md). "
        "单人值守。",
    ),
]


class AskedByCommand:
    """Fills `core.second_person.SecondPerson` for a use case that a command runs: what was not asked for yet
    is asked for.
    """

    def __init__(self, settings: Settings, storage: Storage, why: str, *, alone: bool) -> None:
        from identity.approvals.service import Approvals  # noqa: PLC0415  # not every command asks

        self._approvals = Approvals(storage, settings.identity.approvals)
        self._why = why
        self._alone = alone

    async def go(self, actor: Actor, wish: ApprovalWish) -> int:
        if not self._why.strip():
            # Who has asked already needs no further reason.
            return await self._approvals.go(actor, wish)
        told = ApprovalWish(wish.act, wish.parameters, self._why, self._alone)
        return await self._approvals.go_or_ask(actor, told)

    async def done(self, number: int, outcome: str, *, failed: bool = False) -> None:
        await self._approvals.done(number, outcome, failed=failed)


@asynccontextmanager
async def second_person(
    settings: Settings,
    storage: Storage,
    act: str,
    parameters: Mapping[str, str],
    *,
    why: str,
    alone: bool,
) -> AsyncIterator[int]:
    """The body runs once somebody else has approved exactly this, or at once with `--alone`; it runs once.

    Raises `SecondPersonNeeded`, which `common.run` tells.
    """
    asked = AskedByCommand(settings, storage, why, alone=alone)
    number = await asked.go(operator(), ApprovalWish(act, parameters, why))
    try:
        yield number
    except BaseException as error:
        await asked.done(number, type(error).__name__, failed=True)
        raise
    await asked.done(number, "done")
