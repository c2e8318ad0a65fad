"""Killed at any moment of a switch or a way back (kill -9), the folder holds the former state or the new."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from cases.learning.versions.model import SHIPPED
from cases.learning.versions.shelf import Shelf
from tests.cases.learning.test_shelf import kept
from tests.cases.learning.town import NOW

STEPS = ("os.fsync", "pathlib.Path.rename", "pathlib.Path.replace", "tempfile.mkstemp", "shutil.rmtree")
"""What touches the disk: the process is killed just before the nth of these, and just after it."""
MOST_STEPS = 60


def killed_at(number: int, *, after: bool, work: Callable[[Shelf], object], shelf: Shelf) -> bool:
    """Work in a process of its own that is killed at one of its steps; False when it got to its end."""
    pid = os.fork()
    if pid == 0:
        with pytest.MonkeyPatch.context() as patched:
            _kill_at(patched, number, after=after)
            work(shelf)
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


def back(shelf: Shelf) -> None:
    with shelf.lock():
        now = shelf.pointer()
        assert now.former is not None
        shelf.point(now.back_to(now.former, shelf.sha256(now.former), at=NOW, by="zhou"))


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("what", ["the first switch", "another switch", "the way back"])
def test_the_state_is_whole_whenever_it_is_killed(tmp_path: Path, what: str, after: bool) -> None:
    for number in range(1, MOST_STEPS):
        shelf = Shelf(tmp_path / str(number))
        before = SHIPPED
        if what != "the first switch":
            before = kept(shelf)
        wanted = SHIPPED if what == "the way back" else before + 1
        work = back if what == "the way back" else kept
        died = killed_at(number, after=after, work=work, shelf=shelf)
        pointer = shelf.pointer()
        assert pointer.version in {before, wanted}, number
        if pointer.version != SHIPPED:
            shelf.whole(pointer.version, pointer.sha256)
        assert all(one.manifest is not None for one in shelf.versions()), number
        newest = kept(shelf)
        assert shelf.pointer().version == newest > wanted - 1
        assert not list(shelf.folder.glob(".making-*"))
        if not died:
            assert pointer.version == wanted
            assert number > 3, "nothing was killed"
            return
    pytest.fail("the work has more steps than were tried")
