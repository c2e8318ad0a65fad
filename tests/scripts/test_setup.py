"""The set-up: which mirror it takes from apt's own sources, and what it says when it cannot go on."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import given as given_any
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from scripts.lib.bringup import apt_sources
from scripts.lib.bringup.command import Trouble, run
from tests.peers.checkout import CHECKOUT

DEB822 = """# A comment
Types: deb
URIs: file:/usr/share/own-packages
Suites: ./
Trusted: yes

Types: deb
URIs: http://security.example/debian-security
Suites: trixie-security
Components: main
Signed-By: /usr/share/keyrings/one.pgp

Types: deb
URIs: http://off.example/debian
Suites: trixie
Components: main
Enabled: no

Types: deb deb-src
URIs: https://mirror.example/debian/
Suites: trixie
 trixie-updates
Components: main contrib
Signed-By: /usr/share/keyrings/two.pgp
"""


def sources(folder: Path, *, deb822: str = "", one_line: str = "") -> Path:
    (folder / "sources.list.d").mkdir(parents=True, exist_ok=True)
    (folder / "sources.list.d" / "debian.sources").write_text(deb822)
    (folder / "sources.list").write_text(one_line)
    return folder


def test_the_mirror_and_its_key_come_from_apts_own_sources(tmp_path: Path) -> None:
    found = apt_sources.debian_mirror(sources(tmp_path, deb822=DEB822))
    assert found == ("https://mirror.example/debian", "/usr/share/keyrings/two.pgp")


def test_the_older_format_is_read_too(tmp_path: Path) -> None:
    source = "deb-src http://a.example/debian trixie main"
    binary = "deb [arch=amd64 signed-by=/k.gpg] http://b.example/debian trixie main"
    line = f"{source}\n{binary}\n"
    assert apt_sources.debian_mirror(sources(tmp_path, one_line=line)) == (
        "http://b.example/debian",
        "/k.gpg",
    )


def test_without_a_mirror_the_person_is_told_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="no Debian archive") as caught:
        apt_sources.debian_mirror(sources(tmp_path))
    assert "Asterisk 18 or newer" in caught.value.remedy


@given_any(text=st.text())
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_sources_break_it(tmp_path: Path, text: str) -> None:
    try:
        found = apt_sources.debian_mirror(sources(tmp_path, deb822=text, one_line=text))
    except Trouble:
        return
    assert found.uri


def test_a_failed_program_is_told_with_its_last_words() -> None:
    with pytest.raises(Trouble, match="ended with 3") as caught:
        run(["sh", "-c", "echo the reason; exit 3"], remedy="do this")
    assert caught.value.detail == "the reason"
    assert caught.value.remedy == "do this"
    with pytest.raises(Trouble, match="does not start"):
        run(["/no/such/program"], remedy="install it")


def test_its_parts_can_be_listed_and_a_wrong_one_is_refused() -> None:
    setup = CHECKOUT / "scripts" / "setup"
    listed = subprocess.run([setup, "--list"], stdout=subprocess.PIPE, text=True, check=True, timeout=20)
    assert [line.split()[0] for line in listed.stdout.splitlines()][:3] == ["packages", "asterisk", "python"]
    refused = subprocess.run(
        [setup, "--only", "nothing"], stderr=subprocess.PIPE, text=True, check=False, timeout=20
    )
    assert refused.returncode == 2
    assert "packages" in refused.stderr
