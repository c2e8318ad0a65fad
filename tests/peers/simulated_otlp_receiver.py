"""A simulated OpenTelemetry receiver: takes OTLP/HTTP JSON, keeps it, and answers as it is told to."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self


class SimulatedOtlpReceiver:
    """`status` is what it answers; while `hangs` is set it answers nothing. `spans` are those it took."""

    def __init__(self, port: int = 0) -> None:
        self.status = 200
        self.answer: dict[str, Any] = {}
        self.hangs = Event()
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.documents: list[dict[str, Any]] = []
        self._ended = Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append((self.path, dict(self.headers)))
                while receiver.hangs.is_set() and not receiver._ended.wait(0.05):
                    pass
                if receiver.status == 200:
                    receiver.documents.append(json.loads(body))
                told = json.dumps(receiver.answer).encode()
                self.send_response(receiver.status)
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.port = self._server.server_port
        self.endpoint = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def spans(self) -> list[dict[str, Any]]:
        return [
            span
            for document in self.documents
            for resource in document["resourceSpans"]
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        ]
