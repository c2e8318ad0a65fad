"""A simulated SMSC: npm's smpp as a server, which scripts/setup installs beside this file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable
from itertools import count
from typing import Any

from tests.peers.checkout import CHECKOUT
from tests.peers.ports import free_port, release

FOLDER = CHECKOUT / "tests" / "peers" / "simulated_smsc"
SYSTEM_ID, PASSWORD = "songhua", "secret"
NUMBER = "12319"


def lacking() -> str:
    """Why there is none here; empty when there is."""
    there = shutil.which("node") and (FOLDER / "node_modules" / "smpp").is_dir()
    return "" if there else "npm's smpp is not installed: scripts/setup --only smsc"


class SimulatedSmsc:
    """`seen` are its lines in their order. Each order waits until it is carried out."""

    def __init__(self, *, receipts: str = "DELIVRD", password: str = PASSWORD) -> None:
        self.port = free_port()
        self.seen: list[dict[str, Any]] = []
        self._receipts = receipts
        self._password = password
        self._news = threading.Condition()
        self._orders = count(1)
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        told = {
            "port": self.port, "system_id": SYSTEM_ID, "password": self._password,
            "receipts": self._receipts,
        }  # fmt: skip
        self._process = subprocess.Popen(
            ["node", str(FOLDER / "smsc.mjs")], cwd=FOLDER, text=True, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={**os.environ, "SONGHUA_SMSC": json.dumps(told)},
        )  # fmt: skip
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()
        self.wait(lambda: any("listening" in one for one in self.seen), "an SMSC that listens")

    def stop(self) -> None:
        """It is away from now on; what it has seen stays."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)
            self._process = None
            self.seen = [one for one in self.seen if "listening" not in one]

    def close(self) -> None:
        self.stop()
        release(self.port)

    @property
    def submitted(self) -> list[dict[str, Any]]:
        with self._news:
            return [one for one in self.seen if "submitted" in one]

    def count(self, what: str) -> int:
        with self._news:
            return sum(what in one for one in self.seen)

    def set(self, **values: Any) -> None:
        """`receipts`, `status` with `times`, `answers`, `after`."""
        self._order(set=values)

    def drop(self) -> None:
        """End every connection."""
        self._order(drop=True)

    def deliver(self, **fields: Any) -> None:
        """A deliver_sm with these fields."""
        self._order(deliver=fields)

    def write(self, number: str, text: str) -> None:
        """A citizen's message, whole."""
        self.deliver(source_addr=number, destination_addr=NUMBER, short_message=text, data_coding=8)

    def receipt(self, smsc_id: str, number: str) -> None:
        self._order(receipt={"id": smsc_id, "number": number})

    def wait(self, holds: Callable[[], bool], what: str, timeout: float = 10.0) -> None:
        deadline = time.monotonic() + timeout
        with self._news:
            while not holds():
                if time.monotonic() > deadline:
                    raise AssertionError(f"no {what} within {timeout} s: {self.seen[-5:]}")
                self._news.wait(0.1)

    def _order(self, **order: Any) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        number = next(self._orders)
        self._process.stdin.write(json.dumps({**order, "op": number}) + "\n")
        self._process.stdin.flush()
        self.wait(lambda: {"done": number} in self.seen, "order carried out")

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            with self._news:
                self.seen.append(json.loads(line))
                self._news.notify_all()
