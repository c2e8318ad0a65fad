"""A headless Chromium with a microphone that speaks a WAV file; driven over its DevTools port (CDP).

Playwright's `chromium.connectOverCDP(address)` or any CDP client takes it from there.

The program is Chromium's headless shell: the same engine without the windows and menus that
`chromium --headless` draws for nobody. A start costs 0.15 s of processor time, not 1.1 s, a new page 0.04 s,
not 0.12 s.
"""

from __future__ import annotations

import json
import re
import urllib.request
from pathlib import Path

from tests.peers.checkout import program
from tests.peers.program import Program

# As root it needs --no-sandbox; the others keep it from waiting for the internet.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
    # Else candidates are names of mDNS and SDP says c=0.0.0.0, which Asterisk takes for a call on hold. A
    # browser with windows shows addresses to a page that may use the microphone.
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)


class ChromiumPeer:
    """One browser with its own profile."""

    def __init__(
        self,
        folder: Path,
        *,
        speech: Path | None = None,
        size: tuple[int, int] = (1440, 900),
        extra: tuple[str, ...] = (),
    ) -> None:
        """`speech` is the WAV file that the microphone repeats; without it the browser beeps."""
        self.folder = folder
        self._flags = [*FLAGS, f"--window-size={size[0]},{size[1]}", *extra]
        if speech is not None:
            self._flags.append(f"--use-file-for-fake-audio-capture={speech}")
        self._program: Program | None = None
        self.address = ""

    @property
    def program(self) -> Program:
        assert self._program is not None, "this browser was not started"
        return self._program

    def start(self) -> None:
        """Returns when DevTools answers; `address` is then its http://127.0.0.1:PORT."""
        log = self.folder / "chromium.log"
        profile = self.folder / "profile"
        shell = program("chromium-headless-shell", package="chromium-headless-shell")
        argv = [shell, *self._flags, "--remote-debugging-port=0"]
        argv += [f"--user-data-dir={profile}", "about:blank"]
        self._program = Program(argv, log=log, cwd=self.folder)
        self._program.wait_until(lambda: self._devtools() is not None, what="DevTools", timeout=30)
        self.address = f"http://127.0.0.1:{self._devtools()}"

    def version(self) -> dict[str, str]:
        """What DevTools says about itself, with the address of the browser's WebSocket."""
        with urllib.request.urlopen(f"{self.address}/json/version", timeout=10) as answer:
            found: dict[str, str] = json.load(answer)
        return found

    def close(self) -> None:
        if self._program is not None:
            self._program.stop(5)

    def _devtools(self) -> int | None:
        log = self.folder / "chromium.log"
        text = log.read_text(errors="replace") if log.exists() else ""
        found = re.search(r"DevTools listening on ws://127\.0\.0\.1:(\d+)/", text)
        return int(found.group(1)) if found else None
