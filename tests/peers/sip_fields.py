"""Every field of a SIP call, and how a payload is put into it: of the INVITE, of a request within the call,
of a telephone's answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it will be sent: `target` is the Request-URI, `lines` are headers in their order.

    Without a method it is an answer, and `target` its status and reason.
    """

    method: bytes
    target: bytes
    lines: tuple[tuple[bytes, bytes], ...]
    body: bytes = b""
    body_type: bytes = b"application/sdp"

    def with_line(self, name: bytes, value: bytes) -> Request:
        """The header in place of the one of this name, or as a further one."""
        if any(one == name for one, _ in self.lines):
            lines = tuple((one, value if one == name else held) for one, held in self.lines)
        else:
            lines = (*self.lines, (name, value))
        return replace(self, lines=lines)

    def line(self, name: bytes) -> bytes:
        return next(value for one, value in self.lines if one == name)

    def text(self) -> bytes:
        told = b"".join(name + b": " + value + b"\r\n" for name, value in self.lines)
        if self.body:
            told += b"Content-Type: " + self.body_type + b"\r\n"
        first = b"%s %s SIP/2.0" % (self.method, self.target) if self.method else b"SIP/2.0 " + self.target
        return b"%s\r\n%sContent-Length: %d\r\n\r\n%s" % (first, told, len(self.body), self.body)


Put = Callable[[Request, bytes], Request]


def _address(name: bytes) -> Put:
    return lambda request, text: request.with_line(name, b"<sip:" + text + b"@127.0.0.1>")


def _quoted(name: bytes) -> Put:
    return lambda request, text: request.with_line(name, b'"' + text + b'" <sip:139@127.0.0.1>')


def _after(name: bytes, before: bytes) -> Put:
    """Behind what the header has."""
    return lambda request, text: request.with_line(name, request.line(name) + before + text)


def _plain(name: bytes, before: bytes = b"") -> Put:
    return lambda request, text: request.with_line(name, before + text)


def _own(name: bytes, form: bytes) -> Put:
    """From and To keep the tag of this call."""

    def put(request: Request, text: bytes) -> Request:
        _, tag, rest = request.line(name).partition(b";tag=")
        return request.with_line(name, form.replace(b"*", text) + tag + rest)

    return put


def _sdp(line: bytes) -> Put:
    """The line of the description that begins so, or a further one."""

    def put(request: Request, text: bytes) -> Request:
        written = line + text
        kept = [one for one in request.body.split(b"\r\n") if one and not one.startswith(line[:2])]
        at = {b"o=": 1, b"s=": 2, b"i=": 3, b"u=": 3, b"c=": 3}.get(line[:2], len(kept))
        return replace(request, body=b"\r\n".join([*kept[:at], written, *kept[at:]]) + b"\r\n")

    return put


ADDRESSES: Final = (
    b"P-Asserted-Identity", b"P-Preferred-Identity", b"Remote-Party-ID", b"Diversion", b"History-Info",
    b"Referred-By", b"P-Called-Party-ID", b"Reply-To",
)  # fmt: skip
TEXTS: Final = (
    b"Subject", b"User-Agent", b"Organization", b"Reason", b"Privacy", b"X-Songhua", b"Call-Info",
    b"Alert-Info", b"Accept-Language", b"Supported", b"Allow", b"Date", b"Warning", b"Session-Expires",
    b"Min-SE", b"Identity", b"Geolocation", b"Proxy-Authorization",
)  # fmt: skip


def invite_fields(*, account: bool) -> Mapping[str, Put]:
    """By name. A telephone with an account keeps its user name in From, by which nothing else is known."""
    fields: dict[str, Put] = {
        "Request-URI": lambda request, text: replace(
            request, target=request.target.replace(b"@", text + b"@", 1)
        ),
        "parameter of the Request-URI": lambda request, text: replace(
            request, target=request.target + b";x=" + text
        ),
        "From": _own(b"From", b"<sip:*@127.0.0.1>"),
        "name in From": _own(b"From", b'"*" <sip:139@127.0.0.1>'),
        "host in From": _own(b"From", b"<sip:139@*>"),
        "parameter of From": _after(b"From", b";x="),
        "To": _own(b"To", b"<sip:*@127.0.0.1>"),
        "name in To": _own(b"To", b'"*" <sip:12345@127.0.0.1>'),
        "Contact": _address(b"Contact"),
        "name in Contact": _quoted(b"Contact"),
        "parameter of Contact": _after(b"Contact", b";x="),
        "Call-ID": _after(b"Call-ID", b""),
        "CSeq": _plain(b"CSeq"),
        "parameter of Via": _after(b"Via", b";x="),
        "further Via": _plain(b"v", b"SIP/2.0/UDP "),
        "Max-Forwards": _plain(b"Max-Forwards"),
        "Record-Route": _address(b"Record-Route"),
        "name of a header": lambda request, text: request.with_line(b"X-" + text, b"1"),
        "Content-Type": lambda request, text: replace(request, body_type=b"application/sdp;x=" + text),
        **{name.decode(): _address(name) for name in ADDRESSES},
        **{f"name in {name.decode()}": _quoted(name) for name in ADDRESSES},
        **{name.decode(): _plain(name) for name in TEXTS},
        "SDP o": _sdp(b"o="), "SDP s": _sdp(b"s="), "SDP i": _sdp(b"i="), "SDP u": _sdp(b"u="),
        "SDP c": _sdp(b"c=IN IP4 "), "SDP m": _sdp(b"m=audio 40000 RTP/AVP "), "SDP a": _sdp(b"a=rtpmap:0 "),
        "SDP a, of the call": _sdp(b"a=x:"),
    }  # fmt: skip
    if account:
        fields["user name of the account"] = _plain(b"Authorization", b'Digest username="')
    return fields


def _body(body_type: bytes, before: bytes = b"", after: bytes = b"") -> Put:
    return lambda request, text: replace(request, body=before + text + after, body_type=body_type)


@dataclass(frozen=True, slots=True)
class Within:
    """A request within a call. `ends`: the call may end by it, as the caller wishes."""

    method: bytes
    put: Put
    ends: bool = field(default=False)


INSIDE: Final[Mapping[str, Within]] = {
    "key by INFO": Within(b"INFO", _body(b"application/dtmf-relay", b"Signal=", b"\r\nDuration=160\r\n")),
    "key by INFO, plain": Within(b"INFO", _body(b"application/dtmf")),
    "length of a key": Within(b"INFO", _body(b"application/dtmf-relay", b"Signal=9\r\nDuration=", b"\r\n")),
    "text of INFO": Within(b"INFO", _body(b"text/plain")),
    "MESSAGE": Within(b"MESSAGE", _body(b"text/plain")),
    "type of a MESSAGE": Within(
        b"MESSAGE", lambda request, text: replace(request, body=b"x", body_type=b"text/plain;x=" + text)
    ),
    "NOTIFY": Within(b"NOTIFY", _body(b"message/sipfrag")),
    "Event of a NOTIFY": Within(b"NOTIFY", _plain(b"Event", b"x;id=")),
    "Event of a SUBSCRIBE": Within(b"SUBSCRIBE", _plain(b"Event")),
    "Refer-To": Within(b"REFER", _address(b"Refer-To"), ends=True),
    "Refer-To, its headers": Within(b"REFER", _plain(b"Refer-To", b"<sip:1@127.0.0.1?Replaces="), ends=True),
    "Referred-By of a REFER": Within(
        b"REFER",
        lambda request, text: request.with_line(b"Refer-To", b"<sip:nobody@127.0.0.1>").with_line(
            b"Referred-By", b"<sip:" + text + b"@127.0.0.1>"
        ),
        ends=True,
    ),
    "P-Asserted-Identity of an UPDATE": Within(b"UPDATE", _address(b"P-Asserted-Identity")),
    "name in an UPDATE": Within(b"UPDATE", _quoted(b"P-Asserted-Identity")),
    "Remote-Party-ID of an UPDATE": Within(b"UPDATE", _address(b"Remote-Party-ID")),
    "OPTIONS": Within(b"OPTIONS", _plain(b"Accept")),
    "Reason": Within(b"INFO", _plain(b"Reason", b"SIP;text=")),
}

ANSWERS: Final[Mapping[str, tuple[bytes, Put]]] = {
    "302": (b"302 Moved", _address(b"Contact")),
    "302, name": (b"302 Moved", _quoted(b"Contact")),
    "301, headers": (
        b"301 Moved",
        lambda request, text: request.with_line(b"Contact", b"<tel:" + text + b">"),
    ),
    "Diversion of a 181": (b"302 Moved", _address(b"Diversion")),
    "180": (b"180 Ringing", _address(b"P-Asserted-Identity")),
    "180, name": (b"180 Ringing", _quoted(b"P-Asserted-Identity")),
    "200": (b"200 OK", _address(b"P-Asserted-Identity")),
    "200, name": (b"200 OK", _quoted(b"Remote-Party-ID")),
    "Contact of a 200": (b"200 OK", _address(b"Contact")),
    "Server": (b"486 Busy", _plain(b"Server")),
    "Reason of a 486": (b"486 Busy", _plain(b"Reason", b"Q.850;cause=17;text=")),
    "Warning": (b"488 No", _plain(b"Warning", b'399 x "')),
}
