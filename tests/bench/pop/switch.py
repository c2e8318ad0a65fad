"""A simulated manager port: it logs the gateway in, answers its actions, and plays recorded queue calls.

`python -m tests.bench.pop.switch PORT RATE SECONDS AGENTS SYSTEM-NAME` plays for so long at each line on
standard input, and prints one line of JSON at its end: when (`time.time()`) the bytes that announce each ring
were given to the kernel. No number calls twice.
"""

from __future__ import annotations

import heapq
import json
import random
import socket
import sys
import threading
import time

from tests.bench.ami.feeder import answer
from tests.bench.pop.call import Act, CallScript

FIRST_NUMBER = 13_800_000_000


class Switch:
    """One gateway at a time; it may connect again."""

    def __init__(self, port: int) -> None:
        self._server = socket.create_server(("127.0.0.1", port))
        self._link: socket.socket | None = None
        self._lock = threading.Lock()
        threading.Thread(target=self._serve, daemon=True).start()

    def say(self, stream: bytes) -> float:
        """Give the bytes to the kernel whole; the moment just before."""
        with self._lock:
            assert self._link is not None, "no gateway is there"
            at = time.time()
            self._link.sendall(stream)
            return at

    def _serve(self) -> None:
        while True:
            link, _ = self._server.accept()
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._link = link
                link.sendall(b"Asterisk Call Manager/11.0.0\r\n")
            try:
                self._answer(link)
            except OSError:
                continue

    def _answer(self, link: socket.socket) -> None:
        buffer = b""
        while piece := link.recv(65536):
            *frames, buffer = (buffer + piece).replace(b"\r\n", b"\n").split(b"\n\n")
            for frame in frames:
                pairs = [line.split(": ", 1) for line in frame.decode().split("\n") if ": " in line]
                with self._lock:
                    link.sendall(answer({pair[0]: pair[1] for pair in pairs}))


def play(
    switch: Switch, rate: float, seconds: float, agents: int, system_name: str, first: int = 0
) -> dict[str, float]:
    """Calls at random moments, `rate` in a second on average; each next one at the next desk. They are
    counted from `first`.
    """
    script = CallScript(system_name)
    chance = random.Random(1 + first)
    began = time.monotonic()
    timeline: list[tuple[float, int, str, Act]] = []
    at, serial = 0.0, first
    while at < seconds:
        number = str(FIRST_NUMBER + serial)
        for act in script.acts(serial, f"agent-{serial % agents + 1}", number):
            timeline.append((began + at + act.after, 4 * serial + len(timeline) % 4, number, act))
        at += chance.expovariate(rate)
        serial += 1
    heapq.heapify(timeline)
    rung: dict[str, float] = {}
    while timeline:
        due, _, number, act = heapq.heappop(timeline)
        time.sleep(max(0.0, due - time.monotonic()))
        said = switch.say(act.stream)
        if act.rings:
            rung[number] = said
    return rung


def main() -> None:
    port, rate, seconds, agents = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    switch = Switch(port)
    print("listening", flush=True)
    played = 0
    while sys.stdin.readline():
        rung = play(switch, rate, seconds, agents, sys.argv[5], played)
        played += len(rung)
        print(json.dumps(rung), flush=True)


if __name__ == "__main__":
    main()
