"""Whose page is open: closed pages are gone at once, silent ones when their lease ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.web.live.pages import Pages


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_page_is_here_while_it_speaks_and_lost_when_it_closes() -> None:
    told: list[tuple[str, bool]] = []
    pages = Pages(lambda person, here: told.append((person, here)), now=Time())
    first, second = object(), object()
    pages.opened("li", first)
    pages.opened("li", second)
    pages.closed("li", first)
    assert told == [("li", True)], "another page of his is still open"
    pages.closed("li", second)
    assert told == [("li", True), ("li", False)]


def test_lesson_14_a_sleeping_tab_is_lost_when_its_lease_ends_and_back_with_its_next_word() -> None:
    """amazon-connect-streams 428: the connection stood, and the agent could not answer."""
    told: list[bool] = []
    time = Time()
    pages = Pages(lambda _, here: told.append(here), lease_s=25, now=time)
    page = object()
    pages.heard("li", page)
    time.now = 24
    pages.look()
    assert told == [True]
    time.now = 26
    pages.look()
    assert told == [True, False]
    pages.heard("li", page)
    assert told == [True, False, True]


def test_a_client_that_never_speaks_is_there_as_long_as_its_connection() -> None:
    told: list[bool] = []
    time = Time()
    pages = Pages(lambda _, here: told.append(here), now=time)
    page = object()
    pages.opened("li", page)
    time.now = 10_000
    pages.look()
    assert told == [True]
    pages.closed("li", page)
    assert told == [True, False]


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 2), st.booleans(), st.floats(0, 30)), max_size=60
    )
)
def test_each_change_is_told_once(story: list[tuple[str, int, bool, float]]) -> None:
    told: dict[str, bool] = {}

    def tell(person: str, here: bool) -> None:
        assert told.get(person, False) != here
        told[person] = here

    time = Time()
    pages = Pages(tell, now=time)
    for person, page, open_, later in story:
        time.now += later
        (pages.heard if open_ else pages.closed)(person, page)
        pages.look()
    for person in "ab":
        for page in range(3):
            pages.closed(person, page)
    assert not any(told.values())
