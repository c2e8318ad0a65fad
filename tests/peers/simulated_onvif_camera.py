"""A simulated camera that speaks ONVIF: device, media and PTZ service by SOAP over HTTP, and WS-Discovery by
UDP, with the faults of real cameras. It knows nothing of the product.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import xml.etree.ElementTree as ET
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

REALM, NONCE = "onvif", "77ab"
LOCKED_AFTER = 5
CLOCK_TOLERANCE = timedelta(seconds=60)
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE z [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d SYSTEM "file:///etc/passwd">]>'
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>&c;&d;</s:Body></s:Envelope>'
)
ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl"'
    ' xmlns:tptz="http://www.onvif.org/ver20/ptz/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema"'
    ' xmlns:ter="http://www.onvif.org/ver10/error" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
    ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery">'
)
TURNS = {"GotoPreset", "GotoHomePosition", "ContinuousMove"}
OPEN = {"GetSystemDateAndTime"}
"""What is answered without a user (ONVIF Core, PRE_AUTH)."""


@dataclass
class SimulatedOnvifCamera:
    """`fault`: `hang`, `huge` (4 GB), `endless` (a body without end), `redirect`, `html`, `bomb`, `status`
    (404), `still` (no snapshot URI), `stuck` (presets are refused). `login`: `token` (WS-UsernameToken) or
    `digest` (of HTTP).
    """

    jpeg: bytes = b""
    stream: str = ""
    host: str = "127.0.0.1"
    named_host: str = ""
    """What it says is its host; empty: its own."""
    user: str = ""
    password: str = ""
    login: str = "token"
    clock_ahead: timedelta = timedelta()
    fault: str = ""
    turns: bool = True
    sources: int = 1
    presets: dict[str, str] = field(default_factory=lambda: {"1": "路口东", "2": "路口西"})
    questions: list[str] = field(default_factory=list)
    """Names of what was asked, refused ones too; `GET` for its picture."""
    turned: list[str] = field(default_factory=list)
    moves: list[str] = field(default_factory=list)
    """Moves by hand as `pan tilt zoom timeout`, and `stop`."""
    probes: int = 0
    wrong: int = 0
    sent: int = 0
    port: int = 0
    probe_port: int = 0
    _nonces: set[str] = field(default_factory=set)

    @property
    def address(self) -> str:
        return f"onvif://{self.host}:{self.port}"

    @property
    def base(self) -> str:
        return f"http://{self.named_host or self.host}:{self.port}"

    def now(self) -> datetime:
        return datetime.now(UTC) + self.clock_ahead

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = re.search(r"Content-Length: (\d+)", head)
            body = await reader.readexactly(int(length[1]) if length else 0)
            await self._answer(head, body, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: str, body: bytes, writer: asyncio.StreamWriter) -> None:
        if head.startswith("GET /snapshot.jpg"):
            self.questions.append("GET")
            writer.write(_http(200, self.jpeg, "image/jpeg"))
            return await writer.drain()
        root = ET.fromstring(body)
        asked = root.find("{*}Body")
        assert asked is not None
        question = asked[0]
        name = question.tag.rpartition("}")[2]
        self.questions.append(name)
        if await self._faulty(writer):
            return None
        if self.user and name not in OPEN:
            refused = self._refused(head, root)
            if refused:
                writer.write(refused)
                return await writer.drain()
        writer.write(self._said(name, question))
        return await writer.drain()

    async def _faulty(self, writer: asyncio.StreamWriter) -> bool:
        match self.fault:
            case "hang":
                await asyncio.sleep(3600)
            case "redirect":
                writer.write(
                    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
                )
            case "status":
                writer.write(_http(404, b""))
            case "html":
                writer.write(_http(200, b"<html><body>login</body></html>", "text/html"))
            case "bomb":
                writer.write(_http(200, BOMB.encode()))
            case "huge" | "endless":
                length = "Content-Length: 4294967296\r\n" if self.fault == "huge" else ""
                writer.write(f"HTTP/1.1 200 OK\r\n{length}\r\n{ENVELOPE}".encode())
                while self.sent < 4 << 30:
                    writer.write(b"<tt:Name>x</tt:Name>" * 4000)
                    await writer.drain()
                    self.sent += 80_000
            case _:
                return False
        await writer.drain()
        return True

    def _refused(self, head: str, root: ET.Element) -> bytes:
        """What refuses a question, or nothing. Only a proof with a wrong password counts as a try."""
        if self.login == "digest":
            proof = re.search(r"Authorization: Digest (.*)\r\n", head)
            if proof is None:
                asks = f'WWW-Authenticate: Digest realm="{REALM}", nonce="{NONCE}", qop="auth"'
                return _http(401, b"", more=asks)
            right: bool | None = self._digest_is_right(proof[1])
        else:
            token = root.find("{*}Header/{*}Security/{*}UsernameToken")
            if token is None:
                return _fault("Sender", "ter:NotAuthorized", 400)
            right = self._token_is_right(token)
        if right is None:
            return _fault("Sender", "ter:NotAuthorized", 400)
        self.wrong += not right
        if not right or self.wrong >= LOCKED_AFTER:
            return _fault("Sender", "ter:NotAuthorized", 400)
        return b""

    def _token_is_right(self, token: ET.Element) -> bool | None:
        """None: its time is wrong, or it was used before."""
        said = {one.tag.rpartition("}")[2]: one.text or "" for one in token}
        created = datetime.strptime(said["Created"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        if abs(created - self.now()) > CLOCK_TOLERANCE or said["Nonce"] in self._nonces:
            return None
        self._nonces.add(said["Nonce"])
        made = b64decode(said["Nonce"]) + said["Created"].encode() + self.password.encode()
        wanted = b64encode(hashlib.sha1(made, usedforsecurity=False).digest()).decode()
        return said["Username"] == self.user and said["Password"] == wanted

    def _digest_is_right(self, proof: str) -> bool:
        said = dict(re.findall(r'(\w+)="?([^",]*)"?', proof))
        who = _md5(f"{self.user}:{REALM}:{self.password}")
        what = _md5(f"POST:{said.get('uri', '')}")
        return said.get("response") == _md5(
            f"{who}:{NONCE}:{said.get('nc')}:{said.get('cnonce')}:auth:{what}"
        )

    def _said(self, name: str, question: ET.Element) -> bytes:
        answers: dict[str, Callable[[ET.Element], str]] = {
            "GetSystemDateAndTime": lambda _: self._clock(),
            "GetDeviceInformation": lambda _: _identity(),
            "GetCapabilities": lambda _: self._services(),
            "GetProfiles": lambda _: "".join(self._profile(one) for one in range(self.sources)),
            "GetStreamUri": lambda _: _uri(self.stream),
            "GetSnapshotUri": lambda _: "" if self.fault == "still" else _uri(f"{self.base}/snapshot.jpg"),
            "GetPresets": lambda _: "".join(
                f'<tptz:Preset token="{token}"><tt:Name>{words}</tt:Name></tptz:Preset>'
                for token, words in self.presets.items()
            ),
            "GotoPreset": lambda asked: self._turn((asked.findtext("{*}PresetToken")) or ""),
            "GotoHomePosition": lambda _: self._turn("home"),
            "ContinuousMove": self._move,
            "Stop": lambda _: self._noted("stop"),
        }  # fmt: skip
        said = answers[name](question) if name in answers else ""
        if (not said and name != "GetPresets") or (self.fault == "stuck" and name in TURNS):
            return _fault("Receiver", "ter:ActionNotSupported", 500)
        said = "" if said == "done" else said
        prefix = "tptz" if name in {"GetPresets", "Stop", *TURNS} else (
            "trt" if name in {"GetProfiles", "GetStreamUri", "GetSnapshotUri"} else "tds"
        )  # fmt: skip
        return _http(200, _body(f"<{prefix}:{name}Response>{said}</{prefix}:{name}Response>"))

    def _turn(self, where: str) -> str:
        if self.fault != "stuck" and (where in self.presets or where == "home"):
            self.turned.append(where)
            return "done"
        return ""

    def _move(self, asked: ET.Element) -> str:
        """PTZ service specification, 5.3.3: an axis that is not named stands."""
        tilting, zooming = asked.find("{*}Velocity/{*}PanTilt"), asked.find("{*}Velocity/{*}Zoom")
        by = {} if tilting is None else tilting.attrib
        to = {} if zooming is None else zooming.attrib
        said = [by.get("x", "0"), by.get("y", "0"), to.get("x", "0"), asked.findtext("{*}Timeout") or ""]
        return "" if self.fault == "stuck" else self._noted(" ".join(said))

    def _noted(self, move: str) -> str:
        self.moves.append(move)
        return "done"

    def _clock(self) -> str:
        now = self.now()
        return (
            "<tds:SystemDateAndTime><tt:DateTimeType>NTP</tt:DateTimeType><tt:UTCDateTime>"
            f"<tt:Time><tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute>"
            f"<tt:Second>{now.second}</tt:Second></tt:Time><tt:Date><tt:Year>{now.year}</tt:Year>"
            f"<tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day></tt:Date></tt:UTCDateTime>"
            "</tds:SystemDateAndTime>"
        )

    def _services(self) -> str:
        ptz = f"<tt:PTZ><tt:XAddr>{self.base}/onvif/ptz</tt:XAddr></tt:PTZ>" if self.turns else ""
        media = f"<tt:Media><tt:XAddr>{self.base}/onvif/media</tt:XAddr></tt:Media>"
        return f"<tds:Capabilities>{media}{ptz}</tds:Capabilities>"

    def _profile(self, number: int) -> str:
        ptz = '<tt:PTZConfiguration token="ptz"/>' if self.turns else ""
        return (
            f'<trt:Profiles token="main{number}" fixed="true"><tt:Name>主码流</tt:Name>'
            f"<tt:VideoSourceConfiguration><tt:SourceToken>source{number}</tt:SourceToken>"
            "</tt:VideoSourceConfiguration><tt:VideoEncoderConfiguration><tt:Encoding>H264</tt:Encoding>"
            "<tt:Resolution><tt:Width>2560</tt:Width><tt:Height>1440</tt:Height></tt:Resolution>"
            f"</tt:VideoEncoderConfiguration>{ptz}</trt:Profiles>"
        )

    def probed(self, data: bytes) -> bytes:
        """The answer to a Probe."""
        self.probes += 1
        message = ET.fromstring(data).findtext("{*}Header/{*}MessageID")
        return (
            f"{ENVELOPE}<s:Header><a:RelatesTo>{message}</a:RelatesTo></s:Header><s:Body><d:ProbeMatches>"
            "<d:ProbeMatch><d:Types>tdn:NetworkVideoTransmitter</d:Types>"
            "<d:Scopes>onvif://www.onvif.org/name/%E5%8D%97%E5%8F%A3 onvif://www.onvif.org/hardware/SIM-1</d:Scopes>"
            f"<d:XAddrs>{self.base}/onvif/device_service</d:XAddrs></d:ProbeMatch></d:ProbeMatches>"
            "</s:Body></s:Envelope>"
        ).encode()


class _Probes(asyncio.DatagramProtocol):
    def __init__(self, camera: SimulatedOnvifCamera) -> None:
        self._camera = camera
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self._transport is not None
        self._transport.sendto(self._camera.probed(data), addr)


def _http(
    status: int, body: bytes, kind: str = "application/soap+xml; charset=utf-8", more: str = ""
) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, *([more] if more else []), "", ""]).encode() + body


def _body(inner: str) -> bytes:
    return f"{ENVELOPE}<s:Body>{inner}</s:Body></s:Envelope>".encode()


def _fault(code: str, subcode: str, status: int) -> bytes:
    return _http(status, _body(
        f"<s:Fault><s:Code><s:Value>s:{code}</s:Value><s:Subcode><s:Value>{subcode}</s:Value></s:Subcode></s:Code>"
        '<s:Reason><s:Text xml:lang="en">No</s:Text></s:Reason></s:Fault>'
    ))  # fmt: skip


def _identity() -> str:
    return (
        "<tds:Manufacturer>Simulated</tds:Manufacturer><tds:Model>=SIM-1</tds:Model>"
        "<tds:FirmwareVersion>1.2</tds:FirmwareVersion><tds:SerialNumber>SN0042</tds:SerialNumber>"
        "<tds:HardwareId>1</tds:HardwareId>"
    )


def _uri(url: str) -> str:
    return f"<trt:MediaUri><tt:Uri>{url}</tt:Uri></trt:MediaUri>" if url else ""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@asynccontextmanager
async def simulated_onvif_camera(**how: object) -> AsyncIterator[SimulatedOnvifCamera]:
    """A camera on free ports of an address of this machine."""
    camera = SimulatedOnvifCamera(**how)  # type: ignore[arg-type]
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(camera.serve(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, camera.host, 0)
    camera.port = server.sockets[0].getsockname()[1]
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Probes(camera), local_addr=(camera.host, 0)
    )
    camera.probe_port = transport.get_extra_info("sockname")[1]
    try:
        yield camera
    finally:
        transport.abort()
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
