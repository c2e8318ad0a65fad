"""The life of an article's versions: saved, submitted, approved by another person, withdrawn. Pure.

A version's words never change. Which version is in force follows from the versions and the time; nothing
stores it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from cases.errors import CaseReasonMissing, FourEyesRequired, WrongStep


class ArticleState(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn"


class ArticleAction(StrEnum):
    """`return` sends a submitted version back to its author."""

    SUBMIT = "submit"
    RETURN = "return"
    APPROVE = "approve"
    WITHDRAW = "withdraw"


_FROM: dict[ArticleAction, tuple[ArticleState, ...]] = {
    ArticleAction.SUBMIT: (ArticleState.DRAFT,),
    ArticleAction.RETURN: (ArticleState.SUBMITTED,),
    ArticleAction.APPROVE: (ArticleState.SUBMITTED,),
    ArticleAction.WITHDRAW: (ArticleState.DRAFT, ArticleState.SUBMITTED, ArticleState.APPROVED),
}
_TO = {
    ArticleAction.SUBMIT: ArticleState.SUBMITTED,
    ArticleAction.RETURN: ArticleState.DRAFT,
    ArticleAction.APPROVE: ArticleState.APPROVED,
    ArticleAction.WITHDRAW: ArticleState.WITHDRAWN,
}
NEEDS_REASON = frozenset({ArticleAction.RETURN, ArticleAction.WITHDRAW})


@dataclass(frozen=True, slots=True)
class ArticleVersion:
    """One version without its body. `number` counts from 1 in its article; `author` saved it."""

    article_id: UUID
    number: int
    title: str
    tags: tuple[str, ...]
    categories: tuple[str, ...]
    districts: tuple[str, ...]
    valid_from: datetime | None
    valid_to: datetime | None
    sha256: str
    state: ArticleState
    author: str
    saved_at: datetime
    approved_by: str = ""
    approved_at: datetime | None = None

    def begun(self, now: datetime) -> bool:
        """Whether its validity has begun."""
        return self.valid_from is None or self.valid_from <= now

    def ended(self, now: datetime) -> bool:
        """Whether its validity is over."""
        return self.valid_to is not None and self.valid_to <= now


def take(
    version: ArticleVersion,
    act: ArticleAction,
    *,
    actor: str,
    now: datetime,
    all_versions: Iterable[ArticleVersion],
    reason: str = "",
) -> ArticleVersion:
    """The version after the act. Raises `WrongStep`, `FourEyesRequired`, `CaseReasonMissing`."""
    if version.state not in _FROM[act]:
        raise WrongStep(
            f"a version that is {version.state.value} cannot be taken the step {act.value}",
            remedy="reload the article", state=version.state.value,
        )  # fmt: skip
    if act in NEEDS_REASON and not reason.strip():
        raise CaseReasonMissing(f"say why: {act.value}", remedy="write a reason")
    after = replace(version, state=_TO[act])
    if act is not ArticleAction.APPROVE:
        return after
    if actor == version.author:
        raise FourEyesRequired("it was written by the same person", remedy="have another person approve it")
    if version.ended(now):
        raise WrongStep("its time is over already", remedy="save a version that holds longer")
    if any(one.state is ArticleState.APPROVED and one.number > version.number for one in all_versions):
        raise WrongStep("a newer version is approved", remedy="roll back to this one, or save it anew")
    return replace(after, approved_by=actor, approved_at=now)


def in_force(versions: Iterable[ArticleVersion], now: datetime) -> ArticleVersion | None:
    """The version that may be told now: the newest approved one that has begun, unless it has ended.

    A version that has ended does not bring back the one that it had replaced: that was given up on purpose.
    """
    begun = [one for one in versions if one.state is ArticleState.APPROVED and one.begun(now)]
    newest = max(begun, key=lambda one: one.number, default=None)
    return None if newest is None or newest.ended(now) else newest


def withdrawn_by_roll_back(
    versions: Sequence[ArticleVersion], to: int, *, reason: str
) -> list[ArticleVersion]:
    """The newer approved versions, withdrawn, so that `to` is the newest approved one again.

    It was approved once; going back to it needs no second approval. Raises `WrongStep`, `CaseReasonMissing`.
    """
    if not reason.strip():
        raise CaseReasonMissing("say why it is rolled back", remedy="write a reason")
    target = next((one for one in versions if one.number == to), None)
    newer = [one for one in versions if one.number > to and one.state is ArticleState.APPROVED]
    if target is None or target.state is not ArticleState.APPROVED or not newer:
        raise WrongStep(
            "only an approved version with a newer approved one above it can be rolled back to",
            remedy="save the text of that version anew and have it approved",
        )
    return [replace(one, state=ArticleState.WITHDRAWN) for one in newer]
