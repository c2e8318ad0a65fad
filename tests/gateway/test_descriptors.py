"""The limit of open files: raised as far as it goes, shared out so that calls keep theirs, and said."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.listening import descriptors
from core.listening.places import LEAVING_MOST
from gateway.asterisk.descriptor_checks import check_descriptors
from gateway.descriptors import Descriptors

RAISED = (
    "import resource\n"
    "hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]\n"
    "resource.setrlimit(resource.RLIMIT_NOFILE, (100, hard))\n"
    "from core.listening.descriptors import limit\n"
    "print(limit() == resource.getrlimit(resource.RLIMIT_NOFILE)[0] == hard, hard > 100)\n"
)


def test_the_first_question_raises_the_limit_as_far_as_it_goes() -> None:
    done = subprocess.run([sys.executable, "-c", RAISED], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]


@given(st.integers(512, 1_100_000))
def test_whatever_the_limit_is_the_web_leaves_calls_theirs(most: int) -> None:
    share = descriptors.shares(most)
    # What gives way keeps its descriptor for a moment.
    assert share.web + LEAVING_MOST <= max(most // 2, 16 + LEAVING_MOST)
    assert share.web + LEAVING_MOST + share.calls <= most * 3 // 4 + 16


async def test_health_says_that_few_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    part = Descriptors()
    await part.start()
    assert part.health().state == "up"
    assert 0 < descriptors.in_use() < resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    monkeypatch.setattr(descriptors, "limit", lambda: descriptors.in_use() + 1)
    said = part.health()
    assert (said.state, "LimitNOFILE" in said.why) == ("degraded", True)
    await part.stop()


def test_the_doctor_reads_of_each_running_role_whether_it_has_enough(tmp_path: Path) -> None:
    processes = {
        "10": ("python\0-m\0gateway.cli\0serve\0--role\0centre\0", "1024"),
        "11": ("python\0/opt/songhua/bin/songhua\0serve\0--role\0radio\0", "65536"),
        "12": ("python\0/opt/songhua/bin/songhua\0serve\0--role\0speech\0", "unlimited"),
        "13": ("python\0-m\0gateway.cli\0serve\0", "256"),
        "14": ("other\0serve\0--role\0centre\0", "256"),
        "15": ("", "256"),
    }
    for pid, (words, hard) in processes.items():
        (tmp_path / pid).mkdir()
        (tmp_path / pid / "cmdline").write_text(words)
        (tmp_path / pid / "limits").write_text(
            f"Limit        Soft Limit   Hard Limit   Units\nMax open files   64   {hard}   files\n"
        )
    (tmp_path / "16").mkdir()
    (found,) = check_descriptors(tmp_path)
    assert (found.check, found.where) == ("descriptors", "role centre")
    assert "LimitNOFILE" in found.remedy.in_language("zh")
    assert "LimitNOFILE" in found.remedy.in_language("en")
