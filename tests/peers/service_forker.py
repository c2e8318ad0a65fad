"""The process that forks services and commands for tests: `python -m tests.peers.service_forker DESCRIPTOR
ROOM`.

It has one thread. Lines of JSON over the link are answered in order: `{"words", "environment", "log"}`, with
`"errors"` where those have a file of their own, with `{"pid"}` of a process in a session of its own,
`{"poll": PID}` with `{"status"}`, null while it runs; what goes wrong with `{"error"}`. It is the parent of
what it forks and ends when its link does.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import gateway.cli
from gateway.processes.linux import show_words
from gateway.processes.preloaded import become, preload

_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    link = socket.socket(fileno=int(sys.argv[1]))
    link.set_inheritable(False)
    before = dict(os.environ)
    show_words([sys.executable, "-m", "tests.peers.service_forker"])
    preload()
    # Of what programs start later, libraries read this too.
    imported = {name: value for name, value in os.environ.items() if before.get(name) != value}
    with link, link.makefile("rb") as lines, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        for line in lines:
            asked = json.loads(line)
            try:
                answer = _poll(asked["poll"]) if "poll" in asked else _start(asked, imported, link)
            except OSError as error:
                answer = {"error": str(error)}
            link.sendall(json.dumps(answer).encode() + b"\n")


def _poll(pid: int) -> dict[str, Any]:
    ended, status = os.waitpid(pid, os.WNOHANG)
    return {"status": os.waitstatus_to_exitcode(status) if ended else None}


def _start(order: Mapping[str, Any], imported: Mapping[str, str], link: socket.socket) -> dict[str, Any]:
    """It is told when it has its session and its log: from then on it may get signals."""
    ready, its = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(ready)
        _be(order, imported, link, its)
    os.close(its)
    try:
        said = os.read(ready, 1000).decode()
    finally:
        os.close(ready)
    if said != "ready":
        os.waitpid(pid, 0)
        raise OSError(said or "the service ended before it had its log")
    return {"pid": pid}


def _be(order: Mapping[str, Any], imported: Mapping[str, str], link: socket.socket, ready: int) -> NoReturn:
    try:
        os.close(link.detach())
        os.setsid()
        for file, descriptors in ((order["log"], (1, 2)), (order.get("errors"), (2,))):
            if file:
                _write_into(file, descriptors)
        os.environ.clear()
        os.environ.update({**imported, **order["environment"]})
        time.tzset()
        for number in _IGNORED:
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.argv[0] = str(gateway.cli.__file__)
        os.write(ready, b"ready")
        os.close(ready)
    except BaseException as error:  # noqa: BLE001  # nothing of the forker may run twice
        os.write(ready, repr(error).encode()[:900])
        os._exit(1)
    become(order["words"])


def _write_into(file: str, descriptors: Sequence[int]) -> None:
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
    for descriptor in descriptors:
        os.dup2(opened, descriptor)
    os.close(opened)


if __name__ == "__main__":
    main()
