"""The shipped firewall, and the one for settings of one's own, as nftables itself reads them."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from gateway.listeners.nft import ruleset
from gateway.listeners.page import RULES, everything
from gateway.settings import Settings
from tests.peers.checkout import program

pytestmark = [pytest.mark.real, pytest.mark.computes]


def refused(file: Path) -> str:
    """What `nft -c` says against the file: it checks it and changes nothing. In a network of its own."""
    apart = [] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    done = subprocess.run(
        [*apart, program("nft", package="nftables"), "-c", "-f", str(file)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.stderr or ("" if done.returncode == 0 else f"exit code {done.returncode}")


def test_the_shipped_rules_are_taken() -> None:
    assert refused(RULES) == ""


@pytest.mark.parametrize(
    "settings", [Settings(), everything()], ids=["as they come", "everything on loopback"]
)
def test_rules_for_settings_are_taken(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "songhua.nft"
    file.write_text(ruleset(settings), encoding="utf-8")
    assert refused(file) == ""


def test_a_broken_rule_would_be_seen(tmp_path: Path) -> None:
    file = tmp_path / "songhua.nft"
    file.write_text(
        RULES.read_text(encoding="utf-8").replace("tcp dport 443", "tcp dprot 443"), encoding="utf-8"
    )
    assert "syntax error" in refused(file)
