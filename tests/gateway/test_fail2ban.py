"""The shipped filter for fail2ban finds who guesses, whatever else stands in the line, and nobody else."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

from tests.peers.checkout import CHECKOUT

FILTER = CHECKOUT / "deploy" / "fail2ban" / "filter.d" / "songhua-sip.conf"
HEAD = "[2026-11-30 08:47:07.401] NOTICE[21997] res_pjsip/pjsip_distributor.c: "
# As fail2ban reads it: it takes the time away first.
TIME = re.compile(r"^\[[^\]]*\] ")


def found(line: str) -> str | None:
    parser = configparser.RawConfigParser()
    parser.read(FILTER)
    for pattern in parser["Definition"]["failregex"].splitlines():
        with_address = pattern.replace("<ADDR>", r"(?P<address>[0-9a-fA-F:.]+|\[[0-9a-fA-F:.]+\])")
        if match := re.match(with_address, TIME.sub(" ", line)):
            return match["address"]
    return None


LINES = {
    "Request 'REGISTER' from '<sip:agent-1@127.0.0.1>' failed for '203.0.113.7:40571' "
    "(callid: 4a0fb289c7fe93ab) - Failed to authenticate": "203.0.113.7",
    "Request 'INVITE' from '<sip:x@h>' failed for '2001:db8::7:5060' (callid: x) - "
    "No matching endpoint found": "2001:db8::7",
    "Request 'INVITE' from '\"x' failed for '192.0.2.1:5060' (callid: y) - Failed to authenticate\" <sip:x"
    "@h>' failed for '203.0.113.7:1' (callid: z) - No matching endpoint found after 5 tries in "
    "0.1 ms": "203.0.113.7",
    "Request 'INVITE' from '<sip:x@h>' failed for '203.0.113.7:1' "
    "(callid: a'failed-for'192.0.2.1:5) - Failed to authenticate": "203.0.113.7",
    "Request 'INVITE' from '<sip:x@h>' failed for '203.0.113.7:1' (callid: a b) - Failed": None,
    "Endpoint 'agent-1' is now reachable": None,
}


@pytest.mark.parametrize(("text", "address"), LINES.items())
def test_the_address_is_the_switchs_and_not_the_callers(text: str, address: str | None) -> None:
    assert found(HEAD + text) == address


def test_what_the_switchs_own_list_refuses_counts_too() -> None:
    line = (
        "[2026-11-30 08:48:08.654] WARNING[24895] res_pjsip_acl.c: "
        "Incoming SIP message from 203.0.113.7:51405 did not pass ACL test"
    )
    assert found(line) == "203.0.113.7"


def test_the_jail_names_the_filter() -> None:
    jail = configparser.RawConfigParser()
    jail.read(Path(CHECKOUT, "deploy", "fail2ban", "jail.d", "songhua.conf"))
    assert jail["songhua-sip"]["filter"] == FILTER.stem
