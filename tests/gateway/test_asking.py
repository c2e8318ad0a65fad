"""What commands make of a service that answers, refuses, breaks off or is something else; a real socket."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import Unavailable
from gateway.commands.asking import RunningService

WHOLE = b"RIFF" + bytes(200_000)


class Answers(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/refused":
            self._answer(403, b'{"title": "may not monitor", "remedy": "ask for the right"}')
        elif self.path == "/cut":
            self._answer(200, WHOLE[:100_000], told=len(WHOLE))
        elif self.path == "/page":
            self._answer(200, b"<html>")
        else:
            self._answer(200, WHOLE)

    def _answer(self, status: int, body: bytes, told: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(told or len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def service() -> Iterator[RunningService]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield RunningService(f"http://127.0.0.1:{server.server_port}")
        server.shutdown()


def test_a_file_is_there_once_it_is_whole(service: RunningService, tmp_path: Path) -> None:
    service.fetch("/whole", tmp_path / "recall.wav")
    assert (tmp_path / "recall.wav").read_bytes() == WHOLE
    assert [one.name for one in tmp_path.iterdir()] == ["recall.wav"]


@pytest.mark.parametrize(
    ("path", "why"), [("/cut", "broke off"), ("/refused", "may not monitor")], ids=["cut", "refused"]
)
def test_what_failed_leaves_the_former_file_and_no_piece(
    service: RunningService, tmp_path: Path, path: str, why: str
) -> None:
    (tmp_path / "recall.wav").write_bytes(b"former")
    with pytest.raises(Unavailable) as refused:
        service.fetch(path, tmp_path / "recall.wav")
    assert why in refused.value.detail
    assert refused.value.remedy
    assert [one.name for one in tmp_path.iterdir()] == ["recall.wav"]
    assert (tmp_path / "recall.wav").read_bytes() == b"former"


def test_a_folder_that_is_not_there_is_the_files_fault(service: RunningService, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        service.fetch("/whole", tmp_path / "nowhere" / "recall.wav")


def test_a_device_is_written_and_stays_one(service: RunningService) -> None:
    service.fetch("/whole", Path("/dev/null"))
    assert Path("/dev/null").is_char_device()


def test_something_else_at_the_address_and_nobody_are_told(service: RunningService) -> None:
    with pytest.raises(Unavailable, match="no such service"):
        service.ask("GET", "/page", None)
    with pytest.raises(Unavailable, match="does not answer"):
        RunningService("http://127.0.0.1:1").ask("GET", "/page", None)
