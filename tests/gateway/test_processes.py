"""The preloaded process: it can be forked, and what it forks has its own words, exit status and chance."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.peers.checkout import CHECKOUT

FORKED = """
import json, os, sys
from gateway.processes.preloaded import become
def run(words):
    print(json.dumps(words))
    {body}
pid = os.fork()
if pid == 0:
    become(["serve", "--role", "x"], run)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
"""
THREADS = """
import json, os, sys, threading
from gateway.processes import preloaded
before = set(os.listdir("/proc/self/fd"))
preloaded.preload()
print(json.dumps({
    "threads": threading.active_count(), "tasks": len(os.listdir("/proc/self/task")),
    "opened": sorted(set(os.listdir("/proc/self/fd")) - before),
    "missing": [one for one in preloaded.MODULES if one not in sys.modules],
}))
"""
FAMILIES = """
import importlib, json, os, runpy, socket, sys
from core.metrics import REGISTRY
def show():
    print(json.dumps(sorted(family.name for family in REGISTRY.collect())), flush=True)
if sys.argv[1] == "own":
    importlib.import_module("gateway.commands.serve")
    importlib.import_module(f"gateway.wiring.{sys.argv[2]}")
    show()
else:
    mine, its = socket.socketpair()
    mine.close()
    sys.argv[1] = str(its.detach())
    runpy.run_module("gateway.processes.preloaded", run_name="__main__")
    from gateway.commands.serve import keep_metrics_of
    for role in sys.argv[2:]:
        if os.fork() == 0:
            keep_metrics_of(role)
            show()
            os._exit(0)
        os.wait()
"""
SHOWN = """
import sys
from gateway.processes.linux import show_words
show_words(sys.argv[1].split(","))
print(repr(open("/proc/self/cmdline", "rb").read()))
"""


def run(script: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=CHECKOUT, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip


def test_what_is_preloaded_starts_no_thread_and_opens_nothing() -> None:
    assert json.loads(run(THREADS).stdout) == {"threads": 1, "tasks": 1, "opened": [], "missing": []}


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ("pass", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit('no')", 1, ""),
        ("raise ValueError('why')", 1, "ValueError: why"),
    ],
)
def test_a_forked_command_ends_as_the_command_does(body: str, status: int, says: str) -> None:
    done = run(FORKED.format(body=body))
    assert done.stdout.splitlines() == ['["serve", "--role", "x"]', str(status)]
    assert says in done.stderr


def test_words_are_shown_as_words_and_cut_where_there_is_no_room() -> None:
    room = run(SHOWN, "one,two").stdout
    assert eval(room).rstrip(b"\0") == b"one\0two"
    assert eval(room).endswith(b"\0")
    long = ",".join(["word"] * 400)
    cut = eval(run("import sys; sys.argv[1] = sys.argv[1] * 9\n" + SHOWN, long).stdout)
    assert cut.startswith(b"word\0word\0")
    assert cut.endswith(b"\0")


def test_a_forked_role_shows_the_metrics_of_a_role_with_its_own_interpreter() -> None:
    own = [json.loads(run(FAMILIES, "own", role).stdout) for role in ("radio", "speech")]
    assert min(map(len, own)) > 10
    forked = run(FAMILIES, "preloaded", "radio", "speech").stdout
    assert [json.loads(line) for line in forked.splitlines()] == own
