"""A plain SIP phone: baresip registers, answers, speaks a WAV file and records what it hears."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Literal

from tests.peers.audio import tone
from tests.peers.checkout import program
from tests.peers.ports import free_port, free_port_range, release
from tests.peers.program import Program

MEDIA_PORTS = 20
HUM_SECONDS = 60
MODULES = Path("/usr/lib/baresip/modules")


class BaresipPhone:
    """One registered phone. `heard()` gives the WAV files of what it received, one for each call."""

    def __init__(
        self,
        folder: Path,
        *,
        name: str,
        secret: str,
        switch_port: int,
        speech: Path | None = None,
        answer: Literal["auto", "manual"] = "auto",
        authority: Path | None = None,
        srtp: bool = False,
        registers: bool = True,
        certificate: tuple[Path, Path] | None = None,
        port: int = 0,
    ) -> None:
        """`speech` is an 8 kHz WAV file, spoken once from the answer; without it the phone hums.

        With `authority` it speaks TLS and trusts that alone; with `srtp` its sound is SRTP by SDES or none.
        With `certificate` and its key it is also called by TLS, on the port after `port`.
        """
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.name = name
        self.port = port or free_port()
        self.control = free_port()
        self.media = free_port_range(MEDIA_PORTS)
        source = speech or tone(folder / "hum.wav", 440, HUM_SECONDS)
        transport = ";transport=tls" if authority else ""
        (folder / "accounts").write_text(
            f"<sip:{name}@127.0.0.1:{switch_port}{transport}>;auth_user={name};auth_pass={secret};"
            f"answermode={answer};regint={60 if registers else 0};audio_codecs=PCMU"
            f"{';mediaenc=srtp-mand' if srtp else ''}\n"
        )
        self._registers = registers
        trusts = f"sip_cafile {authority}\nsip_verify_server yes\n" if authority else ""
        (folder / "contacts").write_text("")
        (folder / "config").write_text(
            f"sip_listen 127.0.0.1:{self.port}\n{trusts}"
            f"rtp_ports {self.media}-{self.media + MEDIA_PORTS - 1}\n"
            f"audio_source aufile,{source}\naudio_player aubridge,null\naudio_alert aubridge,null\n"
            f"ausrc_srate 8000\nauplay_srate 8000\nausrc_channels 1\nauplay_channels 1\n"
            f"call_local_timeout 120\ncall_max_calls 4\n"
            f"module_path {MODULES}\n"
            f"module g711.so\nmodule aufile.so\nmodule aubridge.so\nmodule sndfile.so\nmodule srtp.so\n"
            f"module_tmp account.so\nmodule_app menu.so\nmodule_app ctrl_tcp.so\n"
            f"ctrl_tcp_listen 127.0.0.1:{self.control}\n"
            f"snd_path {folder}\n"
        )
        if certificate is not None:
            (folder / "own.pem").write_text("".join(file.read_text() for file in certificate))
            with (folder / "config").open("a") as config:
                config.write(f"sip_certificate {folder / 'own.pem'}\n")
        self._program: Program | None = None

    @property
    def program(self) -> Program:
        assert self._program is not None, "this phone is off"
        return self._program

    def start(self, *, until: str = "") -> None:
        """Switch on; returns when the switch has accepted the registration, or when the log says `until`."""
        argv: list[str | Path] = [program("baresip", package="baresip-core"), "-f", self.folder, "-v"]
        self._program = Program(argv, log=self.folder / "baresip.log", cwd=self.folder, carries_sound=True)
        ready = until or ("200 OK" if self._registers else "baresip is ready")
        self._program.wait_until(lambda: ready in self._program_log(), what="registration", timeout=15)

    def command(self, name: str, parameters: str = "") -> None:
        """A command of baresip's menu over its control port, e.g. "accept", "hangup"."""
        body = json.dumps({"command": name, "params": parameters}).encode()
        with socket.create_connection(("127.0.0.1", self.control), timeout=5) as link:
            link.sendall(str(len(body)).encode() + b":" + body + b",")
            link.settimeout(2)
            link.recv(4096)

    def log(self) -> str:
        return self._program_log()

    def heard(self) -> list[Path]:
        """Recordings of what the phone received, oldest first."""
        return sorted(self.folder.glob("dump-*-dec.wav"), key=lambda file: file.stat().st_mtime)

    def close(self) -> None:
        if self._program is not None:
            self._program.stop(3)
        release(self.port)
        release(self.control)
        release(self.media, MEDIA_PORTS)

    def _program_log(self) -> str:
        log = self.folder / "baresip.log"
        return log.read_text(errors="replace") if log.exists() else ""
