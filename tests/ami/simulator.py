"""A simulator of the manager port: scripted answers, and the faults that a real Asterisk shows too rarely."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from tests.ami.streams import BANNER, event, response

Action = dict[str, str]
Answer = Callable[[Action], bytes]


class AmiSimulator:
    """Logs everybody in and answers what a snapshot asks. It is a simulator: no call exists in it.

    `answers` may be changed by a test; an action named in `silent` is swallowed, one in `deadly` cuts
    the connection as soon as it was read.
    """

    def __init__(self) -> None:
        self.received: list[Action] = []
        self.globals: dict[str, str] = {}
        self.channels: list[dict[str, str]] = []
        self.silent: set[str] = set()
        self.deadly: set[str] = set()
        self.answers: dict[str, Answer] = {
            "Challenge": lambda a: response("Success", a["ActionID"], Challenge="1234"),
            "Login": lambda a: response("Success", a["ActionID"], Message="Authentication accepted"),
            "Ping": lambda a: response("Success", a["ActionID"], Ping="Pong", Timestamp="1700000000.5"),
            "CoreStatus": lambda a: response("Success", a["ActionID"], CoreStartupTime="08:00:00"),
            "CoreShowChannels": self._channels,
            "QueueStatus": lambda a: listed(
                a, [event("QueueParams", Queue="hotline", ActionID=a["ActionID"])]
            ),
            "Setvar": self._setvar,
            "Getvar": lambda a: response(
                "Success", a["ActionID"], Variable=a["Variable"], Value=self.globals.get(a["Variable"], "")
            ),
            "Originate": lambda a: response(
                "Success", a["ActionID"], Message="Originate successfully queued"
            ),
        }
        self.connections = 0
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """As if Asterisk ended: the port is closed too."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()
        await asyncio.sleep(0)

    def cut(self) -> None:
        """Drop every connection, at whatever place its stream is."""
        for writer in list(self._writers):
            writer.transport.abort()

    def say(self, data: bytes) -> None:
        """Write to every connection."""
        for writer in self._writers:
            writer.write(data)

    def names(self) -> list[str]:
        return [action["Action"] for action in self.received]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        writer.write(BANNER)
        try:
            while True:
                lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
                pairs = [line.split(": ", 1) for line in lines if line]
                action = {"All": "\n".join(lines)} | {pair[0]: pair[-1] for pair in pairs}
                self.received.append(action)
                name = action["Action"]
                if name in self.deadly:
                    writer.transport.abort()
                    return
                if name not in self.silent:
                    writer.write(self.answers[name](action))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()

    def _setvar(self, action: Action) -> bytes:
        name = action["Variable"].removeprefix("GLOBAL(").removesuffix(")")
        self.globals[name] = action["Value"]
        return response("Success", action["ActionID"])

    def _channels(self, action: Action) -> bytes:
        items = [
            event("CoreShowChannel", ActionID=action["ActionID"], **channel) for channel in self.channels
        ]
        return listed(action, items)


def listed(action: Action, items: list[bytes]) -> bytes:
    """A whole list answer."""
    end = event("ListComplete", ActionID=action["ActionID"], EventList="Complete", ListItems=str(len(items)))
    return response("Success", action["ActionID"], EventList="start") + b"".join(items) + end
