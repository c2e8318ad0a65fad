"""Who has a draft in hand: the agents of its call, until somebody takes it over by an explicit act."""

from __future__ import annotations

from cases.drafting.model import Draft
from cases.errors import DraftNotInHand
from cases.ports import CallDirectory
from core.actor import Actor


async def has_in_hand(calls: CallDirectory, actor: Actor, draft: Draft) -> bool:
    """Whether the actor may change the draft; a draft whose call was erased is in nobody's hand."""
    if draft.holder or draft.call_id is None:
        return draft.holder in {"", actor.id}
    return await calls.takes_part(actor, draft.call_id)


async def require_in_hand(calls: CallDirectory, actor: Actor, draft: Draft) -> None:
    """Raises `DraftNotInHand`: he reads it."""
    if not await has_in_hand(calls, actor, draft):
        raise DraftNotInHand(
            "somebody else has it in hand" if draft.holder else "the agents of its call have it in hand",
            remedy="take it over first: POST /api/drafts/{draft_id}/take-over",
            holder=draft.holder,
        )


async def taken_over(calls: CallDirectory, actor: Actor, draft: Draft) -> Draft:
    """The draft in the actor's hand. An agent of the call takes it back for all of its agents."""
    is_own = draft.call_id is not None and await calls.takes_part(actor, draft.call_id)
    holder, name = ("", "") if is_own else (actor.id, actor.name)
    if holder == draft.holder:
        return draft
    return draft.model_copy(update={"holder": holder, "holder_name": name, "rev": draft.rev + 1})
