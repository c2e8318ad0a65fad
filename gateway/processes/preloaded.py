"""The process that has imported what all roles need, and forks them: a role starts without importing anew.

It has one thread and opens no socket, file or database, so a fork is whole. It takes orders from its
supervisor over a socket pair: a line of JSON, `{"words": ["serve", "--role", …]}`, is answered with
`{"pid": …}` or `{"error": …}`. What it starts becomes a child of the supervisor and goes on without it.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final, NoReturn

from core.log import logger
from gateway.processes.imports import ImportGraph
from gateway.processes.link import NAME, PreloadedProcess
from gateway.processes.linux import SUPERVISOR, end_with_supervisor, show_words

_log = logger("gateway")
_imports = ImportGraph()
Run = Callable[[Sequence[str]], None]

MODULES: Final = (
    "gateway.cli",
    "gateway.commands.serve",
    "gateway.wiring.centre",
    "gateway.wiring.radio",
    "gateway.wiring.speech",
)
LATER: Final = ("aiosqlite", "chinese_calendar", "holidays.countries.china", "uvicorn.lifespan.on")
"""What a role imports while it starts."""
EVERYTHING: Final = (*MODULES, *LATER, "gateway.wiring.shipped:read_shipped")
_IGNORED: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""They go to a whole process group; this process ends with its supervisor alone."""


def preload(modules: Sequence[str] = EVERYTHING) -> None:
    """Import what all roles need, and call the functions among it (`module:function`). What fails stops
    nobody: its role says why.
    """
    gc.disable()
    with _imports.watch():
        for name in modules:
            module, _, function = name.partition(":")
            try:
                found = importlib.import_module(module)
                if function:
                    getattr(found, function)()
            except Exception as error:  # noqa: BLE001  # the other roles have nothing to do with it
                _log.warning("this cannot be preloaded", module=name, error=repr(error))
    gc.collect()
    # The collector writes into what it looks at: what is set apart stays shared with all that are forked.
    gc.freeze()
    gc.enable()


def is_preloaded() -> bool:
    """Whether this process has imported what all roles need already."""
    return all(name in sys.modules for name in MODULES)


def keep_metrics_of(role: str) -> None:
    """Of all that is preloaded, a role shows the metrics of what it has imported itself."""
    if is_preloaded():
        from core.metrics import keep_only  # noqa: PLC0415  # the supervisor itself has none

        keep_only({*_imports.reached(f"gateway.wiring.{role}"), *_imports.reached("gateway.commands.serve")})


def run_command(words: Sequence[str]) -> None:
    """`songhua WORDS`."""
    from gateway.cli import main as command  # noqa: PLC0415  # preloaded, and nothing of this module

    sys.argv[:] = [sys.argv[0], *words]
    command()


def become(words: Sequence[str], run: Run = run_command) -> NoReturn:
    """In a forked process: be `songhua WORDS`, with the exit status that it would have."""
    status = 1
    try:
        show_words([sys.executable, "-m", "gateway.cli", *words])
        run(words)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001  # as the interpreter would
        sys.excepthook(*sys.exc_info())
    finally:
        _leave(status)


def take_orders(link: socket.socket, run: Run = run_command) -> None:
    """Fork what the supervisor orders, until it closes the link."""
    with link, link.makefile("rb") as lines, contextlib.suppress(BrokenPipeError, ConnectionResetError):
        for line in lines:
            error = _start(json.loads(line)["words"], link, run)
            if error:
                _tell(link, {"error": error})


def fork_preloaded() -> PreloadedProcess:
    """Forked from this process, which `is_preloaded`, has one thread and no event loop yet."""
    supervisor = os.getpid()
    mine, its = socket.socketpair()
    pid = os.fork()
    if pid:
        its.close()
        return PreloadedProcess(pid, mine)
    status = 1
    try:
        mine.close()
        os.environ[SUPERVISOR] = str(supervisor)
        _serve(its, (), run_command)
        status = 0
    except SystemExit:
        status = 0
    except BaseException:  # noqa: BLE001  # as the interpreter would
        sys.excepthook(*sys.exc_info())
    finally:
        _leave(status)


def main(modules: Sequence[str] = EVERYTHING, run: Run = run_command) -> None:
    """The descriptor of the link is the first argument; the second keeps room for the words of roles."""
    _serve(socket.socket(fileno=int(sys.argv[1])), modules, run)


def _serve(link: socket.socket, modules: Sequence[str], run: Run) -> None:
    for number in _IGNORED:
        signal.signal(number, signal.SIG_IGN)
    link.set_inheritable(False)
    end_with_supervisor(signal.SIGKILL)
    show_words([sys.executable, "-m", NAME])
    preload(modules)
    take_orders(link, run)


def _start(words: Sequence[str], link: socket.socket, run: Run) -> str:
    """Start it as an orphan, so that the supervisor becomes its parent. It begins only when its pid was told:
    nobody runs of whom the supervisor does not know. The answer is what went wrong.
    """
    go_read, go_write = os.pipe()
    pid_read, pid_write = os.pipe()
    try:
        try:
            between = os.fork()
        except OSError as error:
            return str(error)
        if between == 0:
            _fork_orphan(words, link, run, go=(go_read, go_write), told=(pid_read, pid_write))
        os.close(pid_write)
        pid_write = -1
        os.waitpid(between, 0)
        told = os.read(pid_read, 32)
        if not told:
            return "no process could be made"
        _tell(link, {"pid": int(told)})
        os.write(go_write, b"g")
        return ""
    finally:
        for one in (go_read, go_write, pid_read, pid_write):
            if one >= 0:
                os.close(one)


def _fork_orphan(
    words: Sequence[str],
    link: socket.socket,
    run: Run,
    *,
    go: tuple[int, int],
    told: tuple[int, int],
) -> NoReturn:
    try:
        pid = os.fork()
    except OSError:
        os._exit(1)
    if pid:
        os.write(told[1], str(pid).encode())
        os._exit(0)
    for one in (go[1], *told):
        os.close(one)
    os.close(link.detach())
    if not os.read(go[0], 1):
        os._exit(0)
    os.close(go[0])
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    become(words, run)


def _tell(link: socket.socket, answer: dict[str, Any]) -> None:
    link.sendall(json.dumps(answer).encode() + b"\n")


def _leave(status: int) -> NoReturn:
    """End without taking the interpreter apart: that takes longer, and what is shared would be copied."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            status = status or 1
    os._exit(status)


if __name__ == "__main__":
    # Under its own name, by which roles ask what was imported.
    importlib.import_module(NAME).main()
