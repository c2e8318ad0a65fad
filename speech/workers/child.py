"""The worker process: loads one engine, answers messages on stdin/stdout, ends when stdin ends.

Whatever a library prints goes to stderr, so that it cannot break the protocol.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import BinaryIO

from speech.engines import EngineOptions, Recogniser, SpeechEngine, load
from speech.workers import pipe
from speech.workers.pipe import HEAD_BYTES, PipeMessage, PipeMessageKind

NICE = 10
"""Recognition takes what calls and desks leave: never the time that a pop or a prompt needs."""

TRIM_EVERY = 16  # utterances, when idle: recognisers leave their memory with the allocator


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--beam", type=int, default=5)
    parser.add_argument("--partials", action="store_true")
    asked = parser.parse_args()
    os.nice(NICE)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for the server, which closes stdin
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)
    options = EngineOptions(model=asked.model, threads=asked.threads, beam=asked.beam)
    engine = load(asked.engine, options)
    inward = os.fdopen(0, "rb", buffering=0)
    out.write(pipe.encode(PipeMessage(PipeMessageKind.READY)))
    WorkerLoop(engine, inward, out, partials=asked.partials).work()
    return 0


class WorkerLoop:
    """Handles messages one by one, and partials in between while nothing waits."""

    def __init__(self, engine: SpeechEngine, inward: BinaryIO, outward: BinaryIO, *, partials: bool) -> None:
        self._engine = engine
        self._in = inward
        self._more = select.poll()
        self._more.register(inward, select.POLLIN)
        self._out = outward
        self._partials = partials
        self._open: dict[int, Recogniser] = {}
        self._finished = 0
        self._rest_until = 0.0  # no partial before this: finals come first

    def work(self) -> None:
        """Read and answer messages until the pipe is closed."""
        while (message := self._read()) is not None:
            self._handle(message)
            if not self._waiting():
                self._idle(message.utterance)

    def _handle(self, message: PipeMessage) -> None:
        try:
            self._answer(message)
        except Exception as error:  # noqa: BLE001  # one bad utterance must not take the others with it
            self._open.pop(message.utterance, None)
            self._send(PipeMessage(PipeMessageKind.FAILED, message.utterance, type(error).__name__.encode()))
        self._send(PipeMessage(PipeMessageKind.ACK, message.utterance))

    def _answer(self, message: PipeMessage) -> None:
        number = message.utterance
        match message.kind:
            case PipeMessageKind.BEGIN:
                self._open[number] = self._engine.recogniser(pipe.begun(message.payload))
            case PipeMessageKind.AUDIO if number in self._open:
                for hypothesis in self._open[number].accept(message.payload):
                    self._send(pipe.heard(number, hypothesis))
            case PipeMessageKind.END if number in self._open:
                began = time.monotonic()
                for hypothesis in self._open.pop(number).finish():
                    self._send(pipe.heard(number, hypothesis))
                self._rest(began, share=1)
                self._send(PipeMessage(PipeMessageKind.DONE, number))
                self._finished += 1
            case _:
                pass  # audio of an utterance that failed before

    def _idle(self, number: int) -> None:
        recogniser = self._open.get(number)
        if self._partials and recogniser is not None and time.monotonic() >= self._rest_until:
            began = time.monotonic()
            for hypothesis in recogniser.peek():
                self._send(pipe.heard(number, hypothesis))
            self._rest(began, share=2)
        if not self._open and self._finished >= TRIM_EVERY:
            self._finished = 0
            _trim()

    def _rest(self, began: float, *, share: int) -> None:
        """After work that took some time, make no partial for `share` times as long."""
        now = time.monotonic()
        self._rest_until = max(self._rest_until, now + share * (now - began))

    def _waiting(self) -> bool:
        return bool(self._more.poll(0))

    def _read(self) -> PipeMessage | None:
        head = self._exactly(HEAD_BYTES)
        if head is None:
            return None
        length, kind, utterance = pipe.decode_head(head)
        payload = self._exactly(length)
        return None if payload is None else PipeMessage(kind, utterance, payload)

    def _exactly(self, count: int) -> bytes | None:
        data = bytearray()
        while len(data) < count:
            piece = self._in.read(count - len(data))
            if not piece:
                return None
            data += piece
        return bytes(data)

    def _send(self, message: PipeMessage) -> None:
        rest = memoryview(pipe.encode(message))
        while rest:
            rest = rest[self._out.write(rest) or 0 :]


def _trim() -> None:
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):
        return  # another C library than glibc


if __name__ == "__main__":
    sys.exit(main())
