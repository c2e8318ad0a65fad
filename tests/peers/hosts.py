"""Machines of their own: network namespaces on one private network, with this one as their neighbour."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.peers.program import PeerFailed, Program

NETWORKS = 250
"""So many private networks may stand side by side, each of a lane of tests: 10.213.1.0/24 and so on."""
_ESTABLISHED = "01"
_CLONE_NEWNET = 0x4000_0000


def lacking() -> str:
    """Why there can be no namespaces here; empty when there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "there is no `ip` here (package iproute2)"
    name = f"songhua-try-{os.getpid()}"
    tried = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        return f"the kernel makes no network namespace: {tried.stderr.strip()}"
    _ip("netns", "del", name)
    return ""


class Network:
    """A bridge of this machine, which is `.1` on it; `host` plugs another machine in. Close it at the end."""

    def __init__(self) -> None:
        self._bridge = f"shbr{os.getpid() % 100_000}"
        self._hosts: list[Host] = []
        self._prefix = _free_prefix()
        self.address = f"{self._prefix}.1"
        self.range = f"{self._prefix}.0/24"
        _ip("link", "add", self._bridge, "type", "bridge")
        try:
            _ip("addr", "add", f"{self.address}/24", "dev", self._bridge)
            _ip("link", "set", self._bridge, "up")
        except subprocess.CalledProcessError:
            self.close()
            raise

    def host(self) -> Host:
        number = len(self._hosts) + 2
        host = Host(number, f"{self._prefix}.{number}", self._bridge)
        self._hosts.append(host)
        host.plug_in()
        return host

    def close(self) -> None:
        for host in self._hosts:
            host.close()
        with contextlib.suppress(subprocess.CalledProcessError):
            _ip("link", "del", self._bridge)


class Host:
    def __init__(self, number: int, address: str, bridge: str) -> None:
        self._bridge = bridge
        self.name = f"sh{os.getpid() % 100_000}n{number}"
        self.address = address
        self._programs: list[Program] = []

    def plug_in(self) -> None:
        inner, outer = f"{self.name}i", f"{self.name}o"
        _ip("netns", "add", self.name)
        _ip("link", "add", outer, "type", "veth", "peer", "name", inner)
        _ip("link", "set", inner, "netns", self.name)
        _ip("link", "set", outer, "master", self._bridge, "up")
        for words in (
            ("addr", "add", f"{self.address}/24", "dev", inner),
            ("link", "set", inner, "up"),
            ("link", "set", "lo", "up"),
        ):
            _ip("-n", self.name, *words)

    def run(
        self, argv: Sequence[str | Path], *, log: Path, cwd: Path, env: Mapping[str, str] | None = None
    ) -> Program:
        """Start a program there; it keeps the id of its process."""
        program = Program(["ip", "netns", "exec", self.name, *argv], log=log, cwd=cwd, env=env)
        self._programs.append(program)
        return program

    def unplug(self) -> None:
        """The cable is out: nobody is told, nothing arrives."""
        _ip("link", "set", f"{self.name}o", "down")

    def plug_back(self) -> None:
        """The cable is in again."""
        _ip("link", "set", f"{self.name}o", "up")

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Until the end the thread, and the programs that it starts, are there: `127.0.0.1` is its own."""
        with (
            Path("/proc/thread-self/ns/net").open("rb") as here,
            Path(f"/run/netns/{self.name}").open("rb") as there,
        ):
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(here.fileno())

    def connections(self, port: int) -> int:
        """How many have connected to this port there."""
        listed = subprocess.run(
            ["ip", "netns", "exec", self.name, "cat", "/proc/self/net/tcp"],
            capture_output=True, text=True, check=True, timeout=10,
        )  # fmt: skip
        rows = [line.split() for line in listed.stdout.splitlines()[1:]]
        return sum(row[1].endswith(f":{port:04X}") and row[3] == _ESTABLISHED for row in rows)

    def close(self) -> None:
        for program in self._programs:
            program.stop(10)
        with contextlib.suppress(subprocess.CalledProcessError):
            _ip("netns", "del", self.name)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True, timeout=10)


def _free_prefix() -> str:
    listed = subprocess.run(
        ["ip", "-o", "-4", "addr"], capture_output=True, text=True, check=True, timeout=10
    )
    for step in range(NETWORKS):
        prefix = f"10.213.{(os.getpid() + step) % NETWORKS + 1}"
        if f" {prefix}." not in listed.stdout:
            return prefix
    raise PeerFailed("no private network is free: remove what a former run left behind")


def _enter(namespace: int) -> None:
    """setns(2) of this thread; Python 3.11 has no call of its own for it."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.setns(namespace, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
