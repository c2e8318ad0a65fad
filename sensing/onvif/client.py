"""One question of ONVIF to a device by HTTP: no redirect is followed, and what is read is limited."""

from __future__ import annotations

import secrets
import ssl
from datetime import timedelta
from typing import Final

from core.clock import Clock, SystemClock
from sensing.asking.auth import CameraLogin, answer
from sensing.asking.target import CameraTarget
from sensing.asking.wire import AnswerHead, connected, read_body, read_head, request
from sensing.errors import CameraFault, NoPicture
from sensing.onvif.messages import GET_CLOCK, OnvifQuestion, clock_of
from sensing.onvif.soap import MOST_BYTES, Element, NotSoap, SoapFault, body_of, envelope
from sensing.onvif.token import username_token

SERVICE: Final = "/onvif/device_service"
"""Where the device service is, by the Core specification."""
_SAID: Final = frozenset({200, 400, 500})
"""Statuses whose body is SOAP: an answer or a fault."""


def posted(target: CameraTarget, question: OnvifQuestion, header: str = "", proof: str = "") -> bytes:
    """The request as it goes over the wire; `header` is that of SOAP, `proof` an `Authorization`."""
    body = envelope(question.body, header)
    headers: dict[str, str] = {
        "Host": target.authority,
        "User-Agent": "songhua",
        "Content-Type": f'application/soap+xml; charset=utf-8; action="{question.action}"',
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    if proof:
        headers["Authorization"] = proof
    return request("POST", target.path, "HTTP/1.1", headers) + body


class OnvifDevice:
    """A device by its device service. `clock_offset`: by how much its clock is ahead of ours."""

    def __init__(self, target: CameraTarget, login: CameraLogin | None, clock: Clock | None = None) -> None:
        self.target = target
        self._login = login
        self._clock = clock or SystemClock()
        self.clock_offset = timedelta()

    async def hear_clock(self) -> bool:
        """Asked without a user (Core specification, access class PRE_AUTH); whether it answered in SOAP. A
        device that does not say its time is taken to have ours. Raises `NoPicture`.
        """
        try:
            said = clock_of(await self._asked(self.target, GET_CLOCK, signed=False))
        except SoapFault:
            return True
        except NoPicture as error:
            if error.fault is CameraFault.UNAUTHORISED:
                return False
            raise
        if said is not None:
            self.clock_offset = said - self._clock.now()
        return True

    async def ask(self, target: CameraTarget, question: OnvifQuestion) -> Element:
        """What answers it, at one of its services. Raises `NoPicture`."""
        try:
            return await self._asked(target, question, signed=self._login is not None)
        except SoapFault as fault:
            if fault.unauthorised:
                raise NoPicture(CameraFault.UNAUTHORISED) from None
            raise NoPicture(CameraFault.REFUSED, f"it answers with the fault {fault.code or '–'}") from None

    async def _asked(self, target: CameraTarget, question: OnvifQuestion, *, signed: bool) -> Element:
        """Raises `NoPicture`, `SoapFault`."""
        head, data = await self._once(target, question, "", signed=signed)
        if head.status == 401 and signed and self._login is not None:
            # It wants the Digest of HTTP: once, for who repeats a wrong password is locked out.
            proof = answer(head.headers.get("www-authenticate", ()), self._login, "POST", target.path)
            if proof.startswith("Digest "):
                head, data = await self._once(target, question, proof, signed=signed)
        if 300 <= head.status < 400:
            raise NoPicture(CameraFault.REDIRECTS)
        if head.status in {401, 403}:
            raise NoPicture(CameraFault.UNAUTHORISED)
        if head.status not in _SAID:
            raise NoPicture(CameraFault.REFUSED, f"it answers {head.status}")
        try:
            return body_of(data, question.answer)
        except NotSoap as error:
            if head.status != 200:
                raise NoPicture(CameraFault.REFUSED, f"it answers {head.status}") from None
            raise NoPicture(CameraFault.BROKEN, f"its answer is no SOAP that is read: {error}") from None

    async def _once(
        self, target: CameraTarget, question: OnvifQuestion, proof: str, *, signed: bool
    ) -> tuple[AnswerHead, bytes]:
        header = ""
        if signed and self._login is not None:
            header = username_token(
                self._login, self._clock.now() + self.clock_offset, secrets.token_bytes(16)
            )
        tls = ssl.create_default_context() if target.scheme == "https" else None
        async with connected(target, tls) as (reader, writer):
            writer.write(posted(target, question, header, proof))
            await writer.drain()
            head = await read_head(reader)
            body = await read_body(reader, head, MOST_BYTES) if head.status in _SAID else b""
            return head, body


def service_of(target: CameraTarget) -> CameraTarget:
    """The device service at the address of a register, which may leave its path out."""
    path = target.path.partition("?")[0]
    return CameraTarget(
        target.url, target.scheme, target.host, target.ip, target.port, SERVICE if path == "/" else path
    )
