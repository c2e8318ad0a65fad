"""Killed at any moment of a switch or a way back (kill -9), the folder holds the former state or the new."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from cases.learning.versions.model import SHIPPED
from cases.learning.versions.store import VersionStore
from tests.cases.learning.test_shelf import kept
from tests.cases.learning.town import NOW

STEPS = ("os.fsync", "pathlib.Path.rename", "pathlib.Path.replace", "tempfile.mkstemp", "shutil.rmtree")
"""What touches the disk: the process is killed just before the nth of these, and just after it."""
MOST_STEPS = 60


def killed_at(
    number: int, *, after: bool, work: Callable[[VersionStore], object], version_store: VersionStore
) -> bool:
    """Work in a process of its own that is killed at one of its steps; False when it got to its end."""
    pid = os.fork()
    if pid == 0:
        with pytest.MonkeyPatch.context() as patched:
            _kill_at(patched, number, after=after)
            work(version_store)
        os._exit(0)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def _kill_at(patched: pytest.MonkeyPatch, number: int, *, after: bool) -> None:
    left = number

    def wrapped(original: Callable[..., object]) -> Callable[..., object]:
        def step(*given: object, **named: object) -> object:
            nonlocal left
            left -= 1
            if left == 0 and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            done = original(*given, **named)
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return done

        return step

    for name in STEPS:
        module, _, attribute = name.rpartition(".")
        owner: object = {"os": os, "pathlib.Path": Path}.get(module) or __import__(module)
        patched.setattr(owner, attribute, wrapped(getattr(owner, attribute)))


def back(version_store: VersionStore) -> None:
    with version_store.lock():
        now = version_store.pointer()
        assert now.former is not None
        version_store.point(now.back_to(now.former, version_store.sha256(now.former), at=NOW, by="zhou"))


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("what", ["the first switch", "another switch", "the way back"])
def test_the_state_is_whole_whenever_it_is_killed(tmp_path: Path, what: str, after: bool) -> None:
    for number in range(1, MOST_STEPS):
        version_store = VersionStore(tmp_path / str(number))
        before = SHIPPED
        if what != "the first switch":
            before = kept(version_store)
        wanted = SHIPPED if what == "the way back" else before + 1
        work = back if what == "the way back" else kept
        died = killed_at(number, after=after, work=work, version_store=version_store)
        pointer = version_store.pointer()
        assert pointer.version in {before, wanted}, number
        if pointer.version != SHIPPED:
            version_store.whole(pointer.version, pointer.sha256)
        assert all(one.manifest is not None for one in version_store.versions()), number
        newest = kept(version_store)
        assert version_store.pointer().version == newest > wanted - 1
        assert not list(version_store.folder.glob(".making-*"))
        if not died:
            assert pointer.version == wanted
            assert number > 3, "nothing was killed"
            return
    pytest.fail("the work has more steps than were tried")
