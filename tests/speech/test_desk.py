"""The worker's order of work: what was said to its end comes first, partials take only what is left."""

from __future__ import annotations

import socket
import time
from threading import Thread
from typing import BinaryIO, cast

from speech.engines.port import Expected, Hypothesis, certain
from speech.workers import pipe
from speech.workers.child import WorkerLoop
from speech.workers.pipe import PipeMessage, PipeMessageKind


class Engine:
    """Notes what it is asked to do, in order."""

    name = "noting"

    def __init__(self) -> None:
        self.done: list[str] = []

    def recogniser(self, expected: Expected) -> Engine:
        return self

    def accept(self, pcm: bytes) -> list[Hypothesis]:
        self.done.append("audio")
        return []

    def peek(self) -> list[Hypothesis]:
        self.done.append("partial")
        return []

    def finish(self) -> list[Hypothesis]:
        self.done.append("final")
        return []


def worked(*messages: PipeMessage, partials: bool = True) -> list[str]:
    """What the engine did when all these waited for it at once."""
    engine = Engine()
    near, far = socket.socketpair()
    with near, far:
        for message in messages:
            near.sendall(pipe.encode(message))
        near.shutdown(socket.SHUT_WR)
        inward, outward = far.makefile("rb", buffering=0), far.makefile("wb", buffering=0)
        with inward, outward:
            desk = WorkerLoop(engine, cast("BinaryIO", inward), cast("BinaryIO", outward), partials=partials)
            desk.work()
    return engine.done


def test_a_partial_is_made_when_nothing_else_waits() -> None:
    engine = Engine()
    near, far = socket.socketpair()
    with near, far, far.makefile("rb", buffering=0) as inward, far.makefile("wb", buffering=0) as outward:
        desk = WorkerLoop(engine, cast("BinaryIO", inward), cast("BinaryIO", outward), partials=True)
        working = Thread(target=desk.work, daemon=True)
        working.start()
        near.sendall(pipe.encode(begin(1)) + pipe.encode(PipeMessage(PipeMessageKind.AUDIO, 1, b"\0\0")))
        deadline = time.monotonic() + 5
        while "partial" not in engine.done and time.monotonic() < deadline:
            time.sleep(0.001)
        near.shutdown(socket.SHUT_WR)
        working.join(5)
    assert engine.done[-1] == "partial"


def begin(number: int) -> PipeMessage:
    return pipe.begin(number, certain("zh"))


def test_no_partial_is_made_while_a_final_or_audio_waits() -> None:
    waiting = [
        begin(1),
        begin(2),
        PipeMessage(PipeMessageKind.AUDIO, 1, b"\0\0"),
        PipeMessage(PipeMessageKind.AUDIO, 2, b"\0\0"),
    ]
    assert worked(*waiting, PipeMessage(PipeMessageKind.END, 1), PipeMessage(PipeMessageKind.END, 2)) == [
        "audio",
        "audio",
        "final",
        "final",
    ]


def test_finals_come_in_the_order_in_which_they_were_spoken_to_their_end() -> None:
    assert worked(
        begin(1), PipeMessage(PipeMessageKind.END, 1), begin(2), PipeMessage(PipeMessageKind.END, 2)
    ) == ["final", "final"]
