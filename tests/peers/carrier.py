"""A carrier's switch, by SIPp: takes registrations, OPTIONS and calls, and can be switched off and on."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
import time
from pathlib import Path
from string import Template
from typing import Literal

from tests.peers.checkout import program
from tests.peers.ports import free_port, free_port_range, release
from tests.peers.program import Program
from tests.peers.sipp import MEDIA_PORTS, PAYLOADS, SCENARIOS
from tests.peers.sipp_log import Message, messages

FRAME = 160  # samples, 20 ms
DISCARD = 9  # the port of nobody
FINAL_REFUSALS = tuple(f"SIP/2.0 {family}" for family in "3456")

Takes = Literal["answers", "early", "rings", "503", "486", "404", "mute"]

_REPLY = """
  <send{extra}>
    <![CDATA[
SIP/2.0 {status}
[last_Via:]
[last_From:]
[last_To:];tag=[pid]C[call_number]
[last_Call-ID:]
[last_CSeq:]
Contact: <sip:[local_ip]:[local_port]>
{body}
    ]]>
  </send>
"""
_SDP = """Content-Type: application/sdp
Content-Length: [len]

v=0
o=carrier 1 1 IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio {media} RTP/AVP {payload}{events}
a=rtpmap:{payload} {codec}/8000
{rtpmap}a=ptime:20
"""
_EMPTY = "Content-Length: 0\n"
_TALK = """
  <recv request="ACK"/>
  <label id="30"/>
  <recv request="INFO" optional="true" timeout="{milliseconds}" ontimeout="40" next="31"/>
  <recv request="BYE" timeout="{milliseconds}" ontimeout="40"/>
  <send next="99">
    <![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

    ]]>
  </send>
  <label id="31"/>
  <send next="30">
    <![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

    ]]>
  </send>
  <label id="40"/>
  <send retrans="500">
    <![CDATA[
BYE [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
[last_To:]
[last_From:]
Call-ID: [call_id]
CSeq: 7 BYE
Max-Forwards: 70
Content-Length: 0

    ]]>
  </send>
  <recv response="200" next="99"/>
"""
_CANCELLED = """
  <recv request="CANCEL" timeout="{milliseconds}" ontimeout="99"/>
  <send>
    <![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

    ]]>
  </send>
  <nop next="99"/>
"""


def _audio_port(offer: Message) -> int:
    found = re.search(r"^m=audio (\d+)", offer.text, re.MULTILINE)
    return int(found.group(1)) if found else DISCARD


def _ends_call(message: Message) -> bool:
    """BYE and CANCEL of either side, and the refusal of an INVITE."""
    if message.first.startswith(("BYE ", "CANCEL ")):
        return True
    return message.first.startswith(FINAL_REFUSALS) and message.header("CSeq").endswith("INVITE")


def _refuse(status: str) -> str:
    reply = _REPLY.format(status=f"{status} No", extra="", body=_EMPTY)
    return reply + '<recv request="ACK" timeout="4000" ontimeout="99"/><nop next="99"/>'


class SippCarrier:
    """`start` switches it on, `stop` off; it keeps its port. `taken()` are the calls that it was offered."""

    def __init__(
        self,
        folder: Path,
        *,
        takes: Takes = "answers",
        law: Literal["u-law", "a-law"] = "a-law",
        speech: Path | None = None,
        seconds: float = 60.0,
        telephone_events: bool = True,
        options: bool = True,
    ) -> None:
        """`speech` is headerless G.711 in `law`, heard by who calls: as early media, or from the answer.

        `packets` are the RTP packets that came. Without `options` it leaves OPTIONS unanswered. SIPp's own
        rtp_stream holds a scenario up that has just sent 183 or 200, so the sound is sent from here.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.port = free_port()
        self.media = free_port_range(MEDIA_PORTS)
        number, codec = PAYLOADS[law]
        self._payload = number
        self._speech = speech.read_bytes() if speech else b""
        self._body = _SDP.format(
            media=self.media,
            payload=number,
            codec=codec,
            events=" 101" if telephone_events else "",
            rtpmap="a=rtpmap:101 telephone-event/8000\n" if telephone_events else "",
        )
        self._milliseconds = int(seconds * 1000)
        self.log = folder / "messages.log"
        self.scenario = folder / "carrier.xml"
        self._options = options
        self.takes(takes)
        self._program: Program | None = None
        self._read: tuple[int, list[Message]] = (0, [])
        self.packets: list[bytes] = []
        self._link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._link.bind(("127.0.0.1", self.media))
        self._link.settimeout(0.5)
        self._open = True
        self._threads = [threading.Thread(target=part, daemon=True) for part in (self._listen, self._talk)]
        for thread in self._threads:
            thread.start()

    def takes(self, how: Takes) -> None:
        """How it will take calls after its next start."""
        text = Template((SCENARIOS / "carrier.xml").read_text()).substitute(take=self._steps(how))
        if not self._options:
            text = text.replace('<recv request="OPTIONS" optional="true" next="20"/>', "")
        self.scenario.write_text(text)

    def _steps(self, how: Takes) -> str:
        ringing = _REPLY.format(status="180 Ringing", extra="", body=_EMPTY)
        cancelled = _CANCELLED.format(milliseconds=self._milliseconds)
        if how == "answers":
            answer = _REPLY.format(status="200 OK", extra=' retrans="500"', body=self._body)
            return ringing + answer + _TALK.format(milliseconds=self._milliseconds)
        if how == "early":
            announced = _REPLY.format(status="183 Session Progress", extra="", body=self._body)
            return announced + '<pause milliseconds="6000"/>' + _refuse("404")
        if how == "rings":
            return ringing + cancelled
        if how == "mute":
            return cancelled
        return _refuse(how)

    def start(self) -> None:
        argv: list[str | Path] = [program("sipp", package="sip-tester"), "-sf", self.scenario]
        argv += ["-i", "127.0.0.1", "-p", str(self.port), "-deadcall_wait", "0", "-nostdin"]
        argv += ["-min_rtp_port", str(self.media), "-max_rtp_port", str(self.media + MEDIA_PORTS - 1)]
        argv += ["-mp", str(self.media + 2), "-trace_err", "-error_file", self.folder / "errors.log"]
        argv += ["-trace_msg", "-message_file", self.log, "-message_overwrite", "false"]
        self._program = Program(
            argv, log=self.folder / "sipp.log", cwd=self.folder, env={"TERM": "dumb"}, carries_sound=True
        )

    def stop(self) -> None:
        """Off: nobody listens on its port."""
        if self._program is not None:
            self._program.kill()
            self._program = None

    def messages(self) -> list[Message]:
        """Everything since its first start; read anew only when something was added."""
        size = self.log.stat().st_size if self.log.exists() else 0
        if size != self._read[0]:
            self._read = (size, messages(self.log))
        return self._read[1]

    def taken(self) -> list[Message]:
        """One INVITE for each call offered, repetitions left out."""
        calls: dict[str, Message] = {}
        for message in self.messages():
            if not message.sent and message.first.startswith("INVITE "):
                calls.setdefault(message.header("Call-ID"), message)
        return list(calls.values())

    def numbers(self) -> list[str]:
        """What was dialled, in order."""
        return [message.first.split()[1].removeprefix("sip:").split("@")[0] for message in self.taken()]

    def digits(self) -> str:
        """Keys pressed towards it by RFC 4733 (payload type 101), repetitions of an event left out."""
        pressed: dict[bytes, str] = {}
        for packet in self.packets:
            if len(packet) >= 16 and packet[1] & 0x7F == 101:
                pressed.setdefault(packet[4:8], "0123456789*#"[packet[12]])
        return "".join(pressed.values())

    def _listen(self) -> None:
        while self._open:
            with contextlib.suppress(TimeoutError):
                self.packets.append(self._link.recv(2048))

    def _talk(self) -> None:
        """To each caller the speech, again and again, from the offer to the end of the call: how late a busy
        machine answers does not count.
        """
        callers: list[int] = []
        due, tick = time.monotonic(), 0
        while self._open and self._speech:
            if tick % 10 == 0:
                callers = self._callers()
            at = tick * FRAME % (len(self._speech) - FRAME)
            frame = self._speech[at : at + FRAME]
            head = struct.pack("!BBHII", 0x80, self._payload, tick & 0xFFFF, tick * FRAME, 0x5150)
            for port in callers:
                self._link.sendto(head + frame, ("127.0.0.1", port))
            due, tick = due + 0.02, tick + 1
            time.sleep(max(0.0, due - time.monotonic()))

    def _callers(self) -> list[int]:
        """Where those listen whose call is not over."""
        over = {one.header("Call-ID") for one in self.messages() if _ends_call(one)}
        return [_audio_port(offer) for offer in self.taken() if offer.header("Call-ID") not in over]

    def close(self) -> None:
        self.stop()
        self._open = False
        for thread in self._threads:
            thread.join(2)
        self._link.close()
        release(self.port)
        release(self.media, MEDIA_PORTS)
