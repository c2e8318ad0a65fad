"""The page of problems is that of the code."""

from __future__ import annotations

from tests.docs.problems import PAGE, page, problems


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.docs.problems"


def test_a_kind_has_the_status_of_its_family() -> None:
    known = {kind: status for status, kind, _ in problems()}
    assert (known["not-found"], known["no-such-case"], known["stale-field"]) == (404, 404, 409)
    assert all(400 <= status < 600 for status in known.values())
