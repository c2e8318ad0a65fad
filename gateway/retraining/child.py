"""The training process: `python -m gateway.retraining.child`, an order on stdin, progress on stdout.

It takes what calls, desks and recognisers leave, and no more memory than it was allowed. It ends when its
stdin does, so it never outlives whoever started it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from pydantic import BaseModel

from cases.catalogue import load_catalogues
from cases.gazetteer import load_gazetteer
from cases.learning.retraining.round import TrainingRound
from core.errors import SonghuaError
from core.storage import Storage, create_engine
from gateway.retraining.ledger import LedgerCallStates
from gateway.retraining.messages import Order, RoundDone, RoundFailed, RoundStep

NICE = 19
OOM_SCORE = 1000
"""The most: it goes before anything else."""
TELL_EVERY_S = 0.5
DEEPEST = 6


def main() -> int:
    os.nice(NICE)
    _first_to_go()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the parent, which closes stdin
    out = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    os.dup2(2, 1)  # whatever a library prints cannot break the protocol
    order = Order.model_validate_json(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    limit = order.memory_mb << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    def say(message: BaseModel) -> None:
        out.write(message.model_dump_json() + "\n")

    try:
        say(asyncio.run(_work(order, _paced(say))))
    except SonghuaError as error:
        say(RoundFailed(problem=error.kind, detail=error.detail or error.title, remedy=error.remedy))
        return 1
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "can't start new thread" not in str(error):
            return _crashed(say, error)
        remedy = "raise cases.retraining.memory_mb, or train on a larger machine"
        say(
            RoundFailed(
                problem="memory", detail=f"{order.memory_mb} MB of memory were not enough", remedy=remedy
            )
        )
        return 1
    except Exception as error:  # noqa: BLE001  # told to the parent
        return _crashed(say, error)
    return 0


def _crashed(say: Callable[[BaseModel], None], error: Exception) -> int:
    """Without its text, which may hold what a citizen said."""
    frames = traceback.extract_tb(error.__traceback__)[-DEEPEST:]
    where = tuple(f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in frames)
    say(RoundFailed(problem="crashed", detail=type(error).__name__, remedy="see the log", where=where))
    return 1


def _first_to_go() -> None:
    """Where the machine's memory runs out, the kernel ends this process and not the centre."""
    with contextlib.suppress(FileNotFoundError):  # only Linux has it
        Path("/proc/self/oom_score_adj").write_text(f"{OOM_SCORE}", encoding="ascii")


async def _work(order: Order, progress: Callable[[str, int, int], None]) -> RoundDone:
    storage = Storage(create_engine(order.storage), origin="retraining")
    try:
        made = await TrainingRound(
            storage=storage,
            ledger=LedgerCallStates(),
            catalogue=load_catalogues().default,
            gazetteer=load_gazetteer(order.own_gazetteer),
            folder=order.folder,
            old=order.old,
            progress=progress,
        ).run()
    finally:
        await storage.close()
    return RoundDone(made=made)


def _paced(say: Callable[[BaseModel], None]) -> Callable[[str, int, int], None]:
    """Report each step once, and its progress at most twice a second."""
    last, when = "", 0.0

    def tell(step: str, done: int, of: int) -> None:
        nonlocal last, when
        now = monotonic()
        if step != last or now - when >= TELL_EVERY_S:
            last, when = step, now
            say(RoundStep(step=step, done=done, of=of))

    return tell


def _end_with_parent() -> None:
    while sys.stdin.buffer.read(1):
        pass
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
