"""A Prometheus with the rules and the scrape that we ship, on a port and with targets of its own."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.peers.checkout import CHECKOUT
from tests.peers.ports import free_port, release
from tests.peers.program import Program

SHIPPED = CHECKOUT / "deploy" / "prometheus"
SCRAPES_EVERY = "5s"


class PrometheusPeer:
    """`targets` are the addresses of roles, HOST:PORT, by role. Close it at the end."""

    def __init__(self, folder: Path, targets: Mapping[str, str]) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.config = folder / "prometheus.yml"
        folder.mkdir(parents=True, exist_ok=True)
        self.config.write_text(self._shipped(targets), encoding="utf-8")
        self._program: Program | None = None

    def start(self) -> None:
        argv = [
            "prometheus", f"--config.file={self.config}", f"--storage.tsdb.path={self.folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}", "--log.level=warn",
        ]  # fmt: skip
        self._program = Program(argv, log=self.folder / "prometheus.log")
        self._program.wait_until(self._ready, what="Prometheus that is ready")

    def close(self) -> None:
        if self._program is not None:
            self._program.stop(10)
        release(self.port)

    def get(self, path: str) -> Any:
        """`data` of an answer of its API."""
        with urllib.request.urlopen(f"{self.address}/api/v1/{path}", timeout=10) as answer:
            return json.load(answer)["data"]

    def scraped(self) -> dict[str, str]:
        """Each role's `up` or what went wrong."""
        active = self.get("targets")["activeTargets"]
        return {one["labels"]["role"]: one["lastError"] or one["health"] for one in active}

    def rules(self) -> dict[str, dict[str, Any]]:
        """Each alert with its health: `ok` when its expression could be evaluated."""
        groups = self.get("rules?type=alert")["groups"]
        return {rule["name"]: rule for group in groups for rule in group["rules"]}

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/-/ready", timeout=1) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def _shipped(self, targets: Mapping[str, str]) -> str:
        text = (SHIPPED / "scrape.yml").read_text(encoding="utf-8").replace("/opt/songhua", str(CHECKOUT))
        config = yaml.safe_load(text)
        config["global"] = {"scrape_interval": SCRAPES_EVERY, "evaluation_interval": SCRAPES_EVERY}
        config["scrape_configs"][0]["static_configs"] = [
            {"targets": [target], "labels": {"role": role}} for role, target in targets.items()
        ]
        written: str = yaml.safe_dump(config)
        return written
