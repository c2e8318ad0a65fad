"""Changes that a second person approves first: more is erased after them, which no undo brings back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from core.actor import Actor
from core.second_person import ApprovalWish, SecondPerson, SecondPersonNeeded
from runtime_settings.model import SettingDifference, encoded

CHANGE_SETTING: Final = "change-setting"
MOST_TOLD: Final = 7
"""Differences that a request names, each as one of its parameters; the hash stands for the whole value."""
MOST_WORD: Final = 200


@asynccontextmanager
async def approved(
    second: SecondPerson | None, actor: Actor, parameters: dict[str, str]
) -> AsyncIterator[None]:
    """The body is the change; it runs under an approved request.

    Raises `SecondPersonNeeded`: with the `number` of a request that waits, otherwise with the `act` and
    `parameters` to ask for, as JSON.
    """
    number = await _begun(second, actor, parameters)
    assert second is not None, "it gave the number"
    try:
        yield
    except BaseException as error:
        await second.done(number, type(error).__name__, failed=True)
        raise
    await second.done(number, f"after version {parameters['version']}")


async def _begun(second: SecondPerson | None, actor: Actor, parameters: dict[str, str]) -> int:
    if second is not None:
        try:
            return await second.go(actor, ApprovalWish(CHANGE_SETTING, parameters, ""))
        except SecondPersonNeeded as needed:
            if "number" in needed.extra:
                raise
    raise SecondPersonNeeded(
        f"with this change of {parameters['setting']} more is erased, which never comes back",
        remedy=f"ask for a second person: POST /api/approvals with act {CHANGE_SETTING} and these "
        "parameters; then change it again",
        act=CHANGE_SETTING,
        parameters=json.dumps(parameters),
    )


def parameters_of(name: str, number: int, value: Any, changes: Sequence[SettingDifference]) -> dict[str, str]:
    """What a request names: the version that holds, what changes, and the hash of the value."""
    told = {f"change {at}": _text(one) for at, one in enumerate(changes[:MOST_TOLD], start=1)}
    if len(changes) > MOST_TOLD:
        told["further changes"] = str(len(changes) - MOST_TOLD)
    sha256 = hashlib.sha256(encoded(value)).hexdigest()
    return {"setting": name, "version": str(number), **told, "sha256": sha256}


def _text(one: SettingDifference) -> str:
    before, after = (json.dumps(side, ensure_ascii=False) for side in (one.before, one.after))
    text = f"{'.'.join(one.path)}: {before} → {after}"
    return text if len(text) <= MOST_WORD else f"{text[: MOST_WORD - 2]} …"
