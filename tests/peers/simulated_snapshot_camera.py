"""A simulated camera that answers HTTP with a picture, or with the faults of real cameras. It knows nothing
of the product.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

REALM, NONCE = "camera", "9c41"


@dataclass
class SimulatedSnapshotCamera:
    """`fault`: `hang`, `stall` (half a picture), `redirect`, `html`, `endless` (a body without end), `huge`
    (announces 4 GB and sends them), `short` (announces more than it sends), `chunks` (chunks without end),
    `number` (a length that is no number), `away` (closes at once), `status` (404).
    """

    jpeg: bytes
    fault: str = ""
    login: str = ""
    """`basic` or `digest`."""
    user: str = "admin"
    password: str = "camera-12345"
    requests: list[str] = field(default_factory=list)
    sent: int = 0
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/snapshot.jpg?channel=1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            text = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.requests.append(text)
            if self.login and not self._proved(text):
                asks = 'Basic realm="camera"' if self.login == "basic" else (
                    f'Digest realm="{REALM}", nonce="{NONCE}", qop="auth", algorithm=SHA-256'
                )  # fmt: skip
                writer.write(
                    f"HTTP/1.1 401 No\r\nWWW-Authenticate: {asks}\r\nContent-Length: 0\r\n\r\n".encode()
                )
                await writer.drain()
                return
            await self._answer(writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        whole = f"Content-Length: {len(self.jpeg)}"
        head = {
            "huge": "Content-Length: 4294967296", "short": f"Content-Length: {len(self.jpeg) + 9}",
            "number": "Content-Length: many", "chunks": "Transfer-Encoding: chunked",
            "endless": "X-Length: none",
        }.get(self.fault, whole)  # fmt: skip
        match self.fault:
            case "hang":
                await asyncio.sleep(3600)
            case "away":
                return
            case "redirect":
                writer.write(
                    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/x\r\nContent-Length: 0\r\n\r\n"
                )
            case "status":
                writer.write(b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")
            case "html":
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")
            case "stall":
                writer.write(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + self.jpeg[: len(self.jpeg) // 2])
                await writer.drain()
                await asyncio.sleep(3600)
            case "huge" | "endless" | "chunks":
                writer.write(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode())
                while self.sent < 4 << 30:
                    block = self.jpeg + bytes(1 << 16)
                    writer.write(
                        f"{len(block):x}\r\n".encode() + block + b"\r\n" if self.fault == "chunks" else block
                    )
                    await writer.drain()
                    self.sent += len(block)
            case _:
                writer.write(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode() + self.jpeg)
        await writer.drain()

    def _proved(self, text: str) -> bool:
        if self.login == "basic":
            proof = b64encode(f"{self.user}:{self.password}".encode()).decode()
            return f"Authorization: Basic {proof}\r\n" in text
        said = dict(re.findall(r'(\w+)="?([^",\r]*)"?', text.partition("Authorization: Digest")[2]))
        who = _sha(f"{self.user}:{REALM}:{self.password}")
        what = _sha(f"GET:{said.get('uri', '')}")
        wanted = _sha(f"{who}:{NONCE}:{said.get('nc')}:{said.get('cnonce')}:auth:{what}")
        return said.get("response") == wanted


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


@asynccontextmanager
async def simulated_snapshot_camera(jpeg: bytes, **how: str) -> AsyncIterator[SimulatedSnapshotCamera]:
    """A camera on a free port of this machine."""
    camera = SimulatedSnapshotCamera(jpeg, **how)  # type: ignore[arg-type]
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(camera.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    camera.port = server.sockets[0].getsockname()[1]
    try:
        yield camera
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
