"""The life of versions, whatever is done in whatever order: words never change, four eyes, one in force."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.errors import CaseReasonMissing, FourEyesRequired, WrongStep
from cases.knowledge.model import (
    ArticleAction,
    ArticleState,
    ArticleVersion,
    in_force,
    take,
    withdrawn_by_roll_back,
)

NOW = datetime(2026, 11, 25, 8, tzinfo=UTC)
DAY = timedelta(days=1)
ARTICLE = UUID(int=1)
PEOPLE = ("li", "zhao")


def version(
    number: int,
    author: str = "li",
    state: ArticleState = ArticleState.DRAFT,
    *,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
) -> ArticleVersion:
    return ArticleVersion(
        article_id=ARTICLE, number=number, title="x", tags=(), categories=(), districts=(),
        valid_from=valid_from, valid_to=valid_to, sha256="", state=state,
        author=author, saved_at=NOW,
    )  # fmt: skip


def replaced(versions: list[ArticleVersion], after: ArticleVersion) -> list[ArticleVersion]:
    return [after if one.number == after.number else one for one in versions]


def test_a_version_is_submitted_approved_by_another_and_withdrawn() -> None:
    one = version(1)
    submitted = take(one, ArticleAction.SUBMIT, actor="li", now=NOW, all_versions=[one])
    with pytest.raises(FourEyesRequired):
        take(submitted, ArticleAction.APPROVE, actor="li", now=NOW, all_versions=[submitted])
    approved = take(submitted, ArticleAction.APPROVE, actor="zhao", now=NOW, all_versions=[submitted])
    assert (approved.state, approved.approved_by, approved.approved_at) == (
        ArticleState.APPROVED,
        "zhao",
        NOW,
    )
    assert in_force([approved], NOW) == approved
    with pytest.raises(CaseReasonMissing):
        take(approved, ArticleAction.WITHDRAW, actor="li", now=NOW, all_versions=[approved], reason=" ")
    gone = take(approved, ArticleAction.WITHDRAW, actor="li", now=NOW, all_versions=[approved], reason="错了")
    assert in_force([gone], NOW) is None


def test_a_version_to_come_leaves_the_present_one_until_its_day() -> None:
    old = version(1, state=ArticleState.APPROVED)
    coming = version(2, state=ArticleState.APPROVED, valid_from=NOW + DAY, valid_to=NOW + 2 * DAY)
    assert in_force([old, coming], NOW) == old
    assert in_force([old, coming], NOW + DAY) == coming
    # What it replaced does not come back when it ends.
    assert in_force([old, coming], NOW + 2 * DAY) is None


def test_a_roll_back_withdraws_what_is_newer_and_needs_a_reason() -> None:
    old, new = version(1, state=ArticleState.APPROVED), version(2, state=ArticleState.APPROVED)
    with pytest.raises(CaseReasonMissing):
        withdrawn_by_roll_back([old, new], 1, reason="")
    (gone,) = withdrawn_by_roll_back([old, new], 1, reason="电话变了")
    assert in_force([old, gone], NOW) == old
    for number in (2, 3):
        with pytest.raises(WrongStep):
            withdrawn_by_roll_back([old, new], number, reason="x")


def test_what_is_over_or_overtaken_is_not_approved() -> None:
    over = version(1, state=ArticleState.SUBMITTED, valid_to=NOW)
    with pytest.raises(WrongStep):
        take(over, ArticleAction.APPROVE, actor="zhao", now=NOW, all_versions=[over])
    old, new = version(1, state=ArticleState.SUBMITTED), version(2, state=ArticleState.APPROVED)
    with pytest.raises(WrongStep):
        take(old, ArticleAction.APPROVE, actor="zhao", now=NOW, all_versions=[old, new])


times = st.none() | st.integers(-3, 3).map(lambda days: NOW + days * DAY)
deeds = st.lists(
    st.tuples(
        st.sampled_from(["save", "back", *ArticleAction]),
        st.integers(1, 4),
        st.sampled_from(PEOPLE),
        times,
        times,
    ),
    max_size=25,
)


@given(deeds, st.integers(-4, 4))
def test_any_deeds_keep_the_rules(
    done: list[tuple[str, int, str, datetime | None, datetime | None]], later: int
) -> None:
    versions: list[ArticleVersion] = []
    told: dict[int, ArticleVersion] = {}
    for deed, number, person, begins, ends in done:
        if deed == "save":
            made = version(len(versions) + 1, person, valid_from=begins, valid_to=ends)
            versions.append(made)
            told[made.number] = made
            continue
        target = next((one for one in versions if one.number == number), None)
        if target is None:
            continue
        try:
            if deed == "back":
                after = withdrawn_by_roll_back(versions, number, reason="x")
            else:
                after = [
                    take(
                        target, ArticleAction(deed), actor=person, now=NOW, all_versions=versions, reason="x"
                    )
                ]
        except (WrongStep, FourEyesRequired):
            continue
        for one in after:
            versions = replaced(versions, one)
    now = NOW + later * DAY
    found = in_force(versions, now)
    for one in versions:
        first = told[one.number]
        assert (one.title, one.sha256, one.author, one.saved_at) == (
            first.title, first.sha256, first.author, first.saved_at,
        )  # fmt: skip
        assert one.state is not ArticleState.APPROVED or one.approved_by not in {"", one.author}
    if found is not None:
        assert found.state is ArticleState.APPROVED
        assert found.begun(now)
        assert not found.ended(now)
        assert not any(
            one.state is ArticleState.APPROVED and one.number > found.number and one.begun(now)
            for one in versions
        )
