"""The account of the units' pages leads to the door and nowhere else; without it there is neither."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.asterisk.render import TICKET_DIGITS, render
from gateway.asterisk.settings import AgentPhone, UnitPages
from radio_bridge.switch.joining import tickets as joining
from tests.asterisk_conf.test_render import dialplan_of, settings

PAGES = UnitPages(secret="secret-of-the-pages-1", most=7)


def section(text: str, name: str) -> list[str]:
    """The lines of every section of this name."""
    parts = re.split(r"^\[([^\]]+)\]$", text, flags=re.MULTILINE)
    found = [body for head, body in zip(parts[1::2], parts[2::2], strict=True) if head == name]
    return [line for body in found for line in body.splitlines() if line and not line.startswith(";")]


def test_the_account_may_do_nothing_but_call_the_door(tmp_path: Path) -> None:
    render(settings(tmp_path, unit_pages=PAGES), tmp_path)
    account = section((tmp_path / "pjsip.conf").read_text(), PAGES.name)
    assert f"context = {PAGES.name}" in account
    assert "password = secret-of-the-pages-1" in account
    for shut in ("allow_transfer = no", "allow_subscribe = no", "dtmf_mode = none"):
        assert shut in account
    # Nobody registers with it: it has no address of record.
    assert [line for line in account if "aor" in line] == []
    door = section(dialplan_of(tmp_path), PAGES.name)
    applications = [re.findall(r"(?:,1,|=> n,|\(\w+\),)(\w+)\(", line)[0] for line in door]
    assert applications == ["Set", "GotoIf", "UserEvent", "Wait", "Hangup", "Hangup"]
    assert "GROUP_COUNT(page@unit)} > 7]" in "".join(door)


def test_no_other_context_leads_there_and_it_leads_into_none(tmp_path: Path) -> None:
    render(settings(tmp_path, unit_pages=PAGES), tmp_path)
    assert dialplan_of(tmp_path).count(PAGES.name) == 1


def test_without_it_there_is_no_door(tmp_path: Path) -> None:
    render(settings(tmp_path), tmp_path)
    assert PAGES.name not in (tmp_path / "pjsip.conf").read_text() + dialplan_of(tmp_path)


def test_nobody_else_has_its_name(tmp_path: Path) -> None:
    agent = AgentPhone(name=PAGES.name, secret="another-secret-12")
    with pytest.raises(ValidationError, match="endpoint names must differ"):
        settings(tmp_path, unit_pages=PAGES, agents=(agent,))


def test_a_ticket_has_the_digits_that_the_door_takes() -> None:
    assert TICKET_DIGITS == joining.TICKET_DIGITS
