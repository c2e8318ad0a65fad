"""A citizen on the telephone: SIPp dials, speaks a file (or sends no RTP), presses digits, hangs up."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from pathlib import Path
from string import Template
from typing import Literal

from tests.peers.audio import Samples
from tests.peers.checkout import program
from tests.peers.earpiece import Earpiece
from tests.peers.ports import free_port, free_port_range, release
from tests.peers.program import PeerFailed, Program

SCENARIOS = Path(__file__).parent / "scenarios"
MEDIA_PORTS = 4
PAYLOADS = {"u-law": (0, "PCMU"), "a-law": (8, "PCMA")}

_INFO = """
  <send retrans="500">
    <![CDATA[
INFO [next_url] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:{caller}@[local_ip]:[local_port]>;tag=[pid]S[call_number]
To: <sip:[service]@[remote_ip]:[remote_port]>[peer_tag_param]
Call-ID: [call_id]
CSeq: {number} INFO
Max-Forwards: 70
[routes]
Content-Type: application/dtmf-relay
Content-Length: [len]

Signal={digit}
Duration=160
    ]]>
  </send>
  <recv response="200"/>
  <pause milliseconds="300"/>
"""


def _info(digits: str, after: float, caller: str) -> str:
    """Digits as SIP INFO, numbered between the scenario's INVITE and BYE."""
    pause = f'<pause milliseconds="{int(after * 1000)}"/>' if digits else ""
    steps = (_INFO.format(number=100 + at, digit=digit, caller=caller) for at, digit in enumerate(digits))
    return pause + "".join(steps)


class SippCaller:
    """One call. What the caller hears is in the switch's recording of the caller's channel (`-out.alaw`)."""

    def __init__(
        self,
        folder: Path,
        *,
        switch_port: int,
        caller: str = "13904510001",
        called: str = "12345",
        speech: Path | None = None,
        law: Literal["u-law", "a-law"] = "u-law",
        loop: bool = True,
        seconds: float = 30.0,
        digits: str = "",
        digits_after: float = 1.0,
        digits_by: Literal["rtp", "info"] = "rtp",
        scenario: str = "caller.xml",
        line: str = "",
    ) -> None:
        """`speech` is headerless G.711 (see `audio.to_ulaw`); without it no RTP is sent, and `heard` works.

        `line` is the parameter of our registration by which a carrier's call is known.

        The caller hangs up after `seconds`, or earlier when the other side does.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.switch_port = switch_port
        self.called = called
        self.port = free_port()
        self.media = free_port_range(MEDIA_PORTS)
        number, name = PAYLOADS[law]
        stream = f"{speech},{-1 if loop else 1},{number},{name}/8000" if speech else ""
        speak = f'<nop><action><exec rtp_stream="{stream}"/></action></nop>' if speech else ""
        press = (
            f'<pause milliseconds="{int(digits_after * 1000)}"/>'
            f'<nop><action><exec play_dtmf="{digits}"/></action></nop>'
            if digits and digits_by == "rtp"
            else _info(digits, digits_after, caller)
        )
        text = Template((SCENARIOS / scenario).read_text()).substitute(
            caller=caller,
            payload=number,
            codec=name,
            media="[rtpstream_audio_port]" if speech else self.media,
            speak=speak,
            press=press,
            milliseconds=int(seconds * 1000),
        )
        if line:
            text = text.replace("INVITE sip:[service]@[remote_ip]:[remote_port] ", f"INVITE {line} ")
        self.scenario = folder / "caller.xml"
        self.scenario.write_text(text)
        self._ear: Earpiece | None = None if speech else Earpiece(self.media)
        self.dialled = 0.0
        self._program: Program | None = None

    @property
    def program(self) -> Program:
        assert self._program is not None, "this caller has not dialled"
        return self._program

    def dial(self) -> None:
        """Place the call; returns at once."""
        argv: list[str | Path] = [program("sipp", package="sip-tester"), f"127.0.0.1:{self.switch_port}"]
        argv += ["-sf", self.scenario, "-s", self.called, "-m", "1", "-i", "127.0.0.1", "-p", str(self.port)]
        argv += ["-min_rtp_port", str(self.media), "-max_rtp_port", str(self.media + MEDIA_PORTS - 1)]
        argv += ["-mp", str(self.media + 2)]
        argv += ["-nostdin", "-timeout_error", "-trace_err", "-error_file", self.folder / "errors.log"]
        # -aa: it answers UPDATE, by which the switch asks whether it is still there.
        argv += ["-aa", "-trace_msg", "-message_file", self.folder / "messages.log"]
        self.dialled = time.monotonic()
        self._program = Program(
            argv, log=self.folder / "sipp.log", cwd=self.folder, env={"TERM": "dumb"}, carries_sound=True
        )

    def wait(self, timeout: float = 60.0) -> int:
        """0 when the call went as the scenario says."""
        return self.program.wait(timeout)

    def heard(self) -> Samples:
        """What arrived at a caller without speech since it dialled, gaps and all (u-law only)."""
        assert self._ear is not None, "only a caller without speech listens by itself"
        return self._ear.samples(self.dialled)

    def press(self, digits: str) -> None:
        """Press keys as RFC 4733 events, once the call is answered (callers without speech only)."""
        assert self._ear is not None, "only a caller without speech has a port of its own to send from"
        media = re.search(
            r"^SIP/2.0 200 .*?^m=audio (\d+)",
            (self.folder / "messages.log").read_text(errors="replace"),
            re.DOTALL | re.MULTILINE,
        )
        assert media is not None, "the call is not answered"
        self._ear.send_keys(digits, ("127.0.0.1", int(media.group(1))))

    def keys(self) -> str:
        """Keys that arrived at a caller without speech."""
        assert self._ear is not None, "only a caller without speech listens by itself"
        return self._ear.keys()

    def hang_up(self) -> None:
        """End the call with BYE now. SIPp has no signal for that: its scenario takes an INFO as the wish."""
        call_id = f"1-{self.program.pid}@127.0.0.1"
        wish = (
            f"INFO sip:caller@127.0.0.1:{self.port} SIP/2.0\r\n"
            "Via: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK-wish\r\n"
            f"From: <sip:test@127.0.0.1>;tag=wish\r\nTo: <sip:caller@127.0.0.1:{self.port}>\r\n"
            f"Call-ID: {call_id}\r\nCSeq: 1 INFO\r\nContent-Length: 0\r\n\r\n"
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
            link.sendto(wish.encode(), ("127.0.0.1", self.port))
        with contextlib.suppress(PeerFailed):
            self.program.wait(5)
        self.close()

    def close(self) -> None:
        if self._program is not None:
            self._program.stop(2)
        if self._ear is not None:
            self._ear.close()
        release(self.port)
        release(self.media, MEDIA_PORTS)
