"""A certificate as a listener serves it: one context that follows its files.

New connections get the renewed certificate; those that are open go on. Files that do not fit together, as
while they are being replaced, change nothing: the certificate from before is served, and health says so.
"""

from __future__ import annotations

import asyncio
import ssl
from datetime import datetime
from pathlib import Path
from typing import Final

from core.clock import Clock, SystemClock
from core.errors import SonghuaError
from core.log import logger
from core.metrics import counter, gauge
from core.room import Health
from core.tasks import Tasks
from gateway.tls.seen import CertificateFacts, ends_soon, look, server_context, unusable

_log = logger("gateway")
_ends = gauge("tls_certificate_ends_seconds", "When a certificate ends, in seconds since 1970", ["listener"])
_soon = gauge("tls_certificate_ends_soon", "1 while health says that a certificate ends soon", ["listener"])
_read = counter(
    "tls_certificate_reads", "Renewed certificates that were taken or refused", ["listener", "result"]
)

LOOK_EVERY_S: Final = 10.0
REMEDY: Final = "songhua tls status; songhua tls renew (docs/tls.md)"


def show_end(listener: str, seen: CertificateFacts, now: datetime) -> None:
    """Its end, and whether that is soon, as figures."""
    _ends.labels(listener).set(seen.ends.timestamp())
    _soon.labels(listener).set(bool(ends_soon(seen, now)))


class CertificateUnusable(SonghuaError):
    """Prevents the start: nobody could reach the listener."""

    kind = "certificate-unusable"
    title = "The certificate cannot be used"


class ServedCertificate:
    """`of` names the listener. Raises `CertificateUnusable`."""

    def __init__(self, certificate: Path, key: Path, *, of: str, clock: Clock | None = None) -> None:
        self.name = f"certificate-{of}"
        self._of = of
        self._files = certificate, key
        self._clock = clock or SystemClock()
        self._tasks = Tasks(self.name)
        self._stamp = self._stamped()
        self._wrong = unusable(certificate, key)
        if self._wrong:
            raise CertificateUnusable(self._wrong, remedy=f"songhua tls init, or name yours: [{of}] tls")
        self.context: ssl.SSLContext = server_context(certificate, key)
        self._seen: CertificateFacts = look(certificate)
        show_end(of, self._seen, self._clock.now())

    async def start(self) -> None:
        self._tasks.forever("watch", self._watch)

    async def stop(self) -> None:
        await self._tasks.stop()

    def health(self) -> Health:
        if self._wrong:
            return Health(self.name, "degraded", f"the renewed one is not used: {self._wrong}; {REMEDY}")
        soon = ends_soon(self._seen, self._clock.now())
        if soon:
            return Health(self.name, "degraded", f"{self._files[0]}: {soon}; {REMEDY}")
        return Health(self.name, "up")

    def reread(self) -> None:
        """Take what the files hold now; blocking for some milliseconds."""
        certificate, key = self._files
        before = self._wrong
        self._stamp = self._stamped()
        # Tried on a context of its own: half a pair would end every new handshake.
        self._wrong = unusable(certificate, key)
        try:
            if not self._wrong:
                self.context.load_cert_chain(certificate, key)
                self._seen = look(certificate)
        except (OSError, ValueError) as error:
            self._wrong = str(error)
        _read.labels(self._of, "refused" if self._wrong else "taken").inc()
        if self._wrong:
            # Looked at again: the other half may be on its way.
            self._stamp = ()
            if self._wrong != before:
                _log.error("the renewed certificate cannot be used", listener=self._of, why=self._wrong)
            return
        show_end(self._of, self._seen, self._clock.now())
        _log.info("the certificate was read again", listener=self._of, ends=f"{self._seen.ends:%Y-%m-%d}")

    def _stamped(self) -> tuple[tuple[int, int, int], ...]:
        """What changes with the files; empty while one is missing."""
        try:
            found = [one.stat() for one in self._files]
        except OSError:
            return ()
        return tuple((one.st_mtime_ns, one.st_ino, one.st_size) for one in found)

    async def _watch(self) -> None:
        while True:
            await self._clock.sleep(LOOK_EVERY_S)
            now = await asyncio.to_thread(self._stamped)
            if now and now != self._stamp:
                self.reread()
            show_end(self._of, self._seen, self._clock.now())
