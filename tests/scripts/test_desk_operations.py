"""The page of the desk's operations is current, and names operations that exist."""

from __future__ import annotations

from tests.scripts.desk_operations import PAGE, Operation, _pattern, machine, operations, page, places


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m tests.scripts.desk_operations"


def test_operations_for_programs_exist_and_say_why() -> None:
    known = set(operations())
    assert len(known) > 150, "the contract was not read"
    assert [one for one in machine() if one not in known] == []
    assert [one for one, reason in machine().items() if not reason] == []


def test_a_place_is_found_by_whole_paths_and_by_words() -> None:
    found = places()
    assert "desk/settings" in found[Operation("GET", "/audit")]
    assert "desk/supervision" in found[Operation("POST", "/calls/{call_id}/monitor")]
    assert _pattern("/calls/{call_id}/${verb}").match("/calls/{call_id}/hold")
    assert not _pattern("/calls/{call_id}/${verb}").match("/cases/{case_id}/close")
