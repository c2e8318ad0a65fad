"""The service without a port, a right, a module, a broker or disk space: the error names cause and remedy."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, private_settings, short_prompts
from tests.peers.checkout import ASTERISK
from tests.peers.ports import free_port, release
from tests.peers.program import PeerFailed
from tests.peers.sipp import SippCaller
from tests.peers.songhua import SonghuaPeer
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(200)]

DISK = "4000k"


@pytest.fixture(scope="module")
def switch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsteriskPeer]:
    folder = tmp_path_factory.mktemp("switch")
    peer = AsteriskPeer(private_settings(folder, prompts=short_prompts(folder / "prompts")))
    peer.start()
    yield peer
    peer.close()


@contextlib.contextmanager
def centre(folder: Path, switch: AsteriskPeer, **overrides: Any) -> Iterator[SonghuaPeer]:
    """The role `centre` without a broker, prepared and not yet started."""
    service = SonghuaPeer(folder, asterisk=switch, broker=None, overrides=overrides)
    service.prepare(())
    try:
        yield service
    finally:
        service.close()


def why(service: SonghuaPeer, part: str) -> str:
    """What `/api/health` says of a part that is not well; nothing when it is."""
    found = next(one for one in service.health()["parts"] if one["part"] == part)
    return "" if found["state"] == "up" else str(found["why"])


def refusal(service: SonghuaPeer) -> str:
    """The last words of a service that does not start."""
    with pytest.raises(PeerFailed):
        service.start(role="centre")
    assert service.program.wait(20) == 1
    return service.program.tail(3)


def test_without_a_free_port_for_the_web(switch: AsteriskPeer, tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as taken,
        centre(tmp_path, switch, web={"port": taken.getsockname()[1]}) as service,
    ):
        said = refusal(service)
        where = f"127.0.0.1:{taken.getsockname()[1]}"
    assert f"{where}: Address already in use" in said
    assert "remedy: stop what listens there or set web.port" in said


def test_without_a_free_port_for_the_dialogue(switch: AsteriskPeer, tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", switch.ports.fastagi)),
        centre(tmp_path, switch) as service,
    ):
        said = refusal(service)
    assert f"127.0.0.1:{switch.ports.fastagi}: " in said
    assert "Address already in use" in said
    assert "remedy: stop what listens there or set asterisk.ports.fastagi" in said


def test_without_the_right_account_at_the_switch(switch: AsteriskPeer, tmp_path: Path) -> None:
    with centre(tmp_path, switch, ami={"secret": "wrong-wrong-wrong"}) as service:
        service.start(role="centre")
        wait_for(lambda: why(service, "asterisk"), "word about the switch", 30)
        said = why(service, "asterisk")
    assert "no AMI link" in said
    assert "[ami] account" in said


def test_without_a_module_the_doctor_names_it(tmp_path: Path) -> None:
    folder = tmp_path / "switch"
    switch = AsteriskPeer(private_settings(folder, prompts=short_prompts(folder / "prompts")))
    switch.start()
    try:
        switch.rx("module unload app_queue.so")
        service = SonghuaPeer(tmp_path / "service", asterisk=switch, broker=None)
        done = doctor(service)
    finally:
        switch.close()
    assert done.returncode != 0
    assert "app_queue" in done.stdout + done.stderr
    assert "modules.conf" in done.stdout + done.stderr


def doctor(service: SonghuaPeer) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "gateway.cli", "asterisk", "doctor", "--config", str(service.config)]
    words += ["--program", str(ASTERISK)]
    return subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)


def test_without_a_broker(switch: AsteriskPeer, tmp_path: Path) -> None:
    nobody = free_port()
    with centre(tmp_path, switch, mqtt={"port": nobody}) as service:
        service.start(role="centre")
        service.wait_healthy("asterisk", "hotline", "ivr", "storage", timeout=20)
        said = why(service, "mqtt")
        speech = why(service, "speech")
    release(nobody)
    assert "no connection to the broker" in said
    assert f"127.0.0.1:{nobody}" in said
    assert "mqtt.port" in said
    assert "calls go on without transcripts" in speech


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own that is soon full."""
    if os.geteuid() != 0:
        raise PeerFailed("this test mounts a small file system: run it as root")
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "tmpfs", str(folder)], check=True, timeout=10
    )
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True, timeout=10)


def test_without_disk_space(switch: AsteriskPeer, small_disk: Path, tmp_path: Path) -> None:
    """A full disk under the database: the service says so, and says what to do; with space it goes on."""
    database = f"sqlite+aiosqlite:///{small_disk / 'songhua.db'}"
    with centre(tmp_path / "service", switch, storage={"url": database}) as service:
        service.start(role="centre")
        filler = small_disk / "filler"
        with contextlib.suppress(OSError), filler.open("wb") as file:
            while True:
                file.write(bytes(1024))
                file.flush()
        speech = audio.to_ulaw(audio.tone(tmp_path / "c.wav", 1000, 2), tmp_path / "c.ulaw")
        caller = SippCaller(tmp_path / "caller", switch_port=switch.ports.sip, speech=speech, seconds=3)
        caller.dial()
        wait_for(lambda: why(service, "cdr.import"), "word about the disk", 30)
        said = why(service, "cdr.import")
        assert caller.wait(20) == 0, "the call went its way all the same"
        caller.close()
        filler.unlink()
        wait_for(lambda: not why(service, "cdr.import"), "recovery", 30)
        wait_for(lambda: lines_of(small_disk / "songhua.db") == lines_of_switch(switch), "complete CEL", 20)
    assert "the database takes no line" in said
    assert "disk space" in said


def lines_of(database: Path) -> int:
    with contextlib.closing(sqlite3.connect(database, timeout=10)) as link:
        return int(link.execute("SELECT count(*) FROM cdr_cel_rows").fetchone()[0])


def lines_of_switch(switch: AsteriskPeer) -> int:
    return len(switch.cel.read_text(errors="replace").splitlines())


def test_a_full_disk_of_recordings_is_said_and_measured(
    switch: AsteriskPeer, small_disk: Path, tmp_path: Path
) -> None:
    settings = {"recordings": str(small_disk), "recordings_warn_mb": 2}
    with centre(tmp_path / "service", switch, cdr=settings) as service:
        service.start(role="centre")
        assert "left for recordings" not in why(service, "cdr.recordings")
        (small_disk / "day").write_bytes(bytes(2_500_000))
        wait_for(lambda: "1 MB left for recordings" in why(service, "cdr.recordings"), "word about it", 20)
        with contextlib.suppress(OSError), (small_disk / "rest").open("wb") as file:
            while True:
                file.write(bytes(4096))
                file.flush()
        wait_for(
            lambda: "calls are not recorded" in why(service, "cdr.recordings"), "word about a full disk", 20
        )
        with urllib.request.urlopen(f"{service.address}/metrics", timeout=20) as answer:
            figures = answer.read().decode()
        assert re.search(
            r"^songhua_cdr_recordings_disk_free_bytes (0\.0|[1-9]\d{0,5}\.0)$", figures, re.MULTILINE
        )
        (small_disk / "rest").unlink()
        (small_disk / "day").unlink()
        wait_for(lambda: not why(service, "cdr.recordings").startswith("the disk"), "recovery", 20)
