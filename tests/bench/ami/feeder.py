"""A simulated manager port that logs one client in and then pushes a stream as fast as it is taken.

`python -m tests.bench.ami.feeder FILE ROUND-BYTES CORE` prints its port. Answers to actions go between
rounds, so that no frame is torn.
"""

from __future__ import annotations

import mmap
import os
import queue
import socket
import sys
import threading
import time
from pathlib import Path

SETTLE_S = 1.0
"""Between the login and the stream: time for a client's own preparations."""


def answer(action: dict[str, str]) -> bytes:
    """What this action gets; lists are empty."""
    name, action_id = action.get("Action", ""), action.get("ActionID", "")
    head = f"Response: Success\r\nActionID: {action_id}\r\n"
    if name == "Challenge":
        return f"{head}Challenge: 12345\r\n\r\n".encode()
    if name == "Ping":
        return f"{head}Ping: Pong\r\nTimestamp: {time.time():.6f}\r\n\r\n".encode()
    if name in {"CoreShowChannels", "QueueStatus"}:
        end = f"Event: {name}Complete\r\nActionID: {action_id}\r\nEventList: Complete\r\nListItems: 0\r\n\r\n"
        return f"{head}EventList: start\r\n\r\n{end}".encode()
    return f"{head}Message: OK\r\n\r\n".encode()


class Feeder:
    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._answers: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._logged_in = threading.Event()

    def read(self) -> None:
        """Take actions until the client is gone."""
        buffer = b""
        while True:
            try:
                piece = self._link.recv(65536)
            except OSError:
                return
            if not piece:
                return
            *frames, buffer = (buffer + piece).replace(b"\r\n", b"\n").split(b"\n\n")
            for frame in frames:
                pairs = [line.split(": ", 1) for line in frame.decode().split("\n") if ": " in line]
                action = {pair[0]: pair[1] for pair in pairs}
                self._answers.put(answer(action))
                if action.get("Action") == "Login":
                    self._logged_in.set()

    def answer_all(self, seconds: float = 0.0) -> None:
        until = time.monotonic() + seconds
        while True:
            try:
                self._link.sendall(self._answers.get(timeout=max(0.0, until - time.monotonic()) or 1e-9))
            except queue.Empty:
                return

    def feed(self, stream: mmap.mmap, step: int) -> None:
        while not self._logged_in.is_set():
            self.answer_all(0.05)
        self.answer_all(SETTLE_S)
        view = memoryview(stream)
        for start in range(0, len(stream), step):
            self._link.sendall(view[start : start + step])
            self.answer_all()
        self._link.sendall(b"Event: BenchEnd\r\nSystemName: songhua\r\nPrivilege: user,all\r\n\r\n")
        while self._link.fileno() >= 0 and threading.active_count() > 1:
            self.answer_all(0.2)


def main() -> None:
    file, step = Path(sys.argv[1]), int(sys.argv[2])
    os.sched_setaffinity(0, {int(sys.argv[3])})
    with socket.create_server(("127.0.0.1", 0)) as server, file.open("rb") as opened:
        print(server.getsockname()[1], flush=True)
        link, _ = server.accept()
        with link, mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as stream:
            link.sendall(b"Asterisk Call Manager/11.0.0\r\n")
            feeder = Feeder(link)
            threading.Thread(target=feeder.read, daemon=True).start()
            try:
                feeder.feed(stream, step)
            except OSError:
                return  # the client has seen the end and gone


if __name__ == "__main__":
    main()
