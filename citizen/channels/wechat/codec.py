"""The XML of the platform: messages in, answers out. Pure; takes any bytes.

A document type is refused before anything of it is read, so no entity is ever expanded.
"""

from __future__ import annotations

import hashlib
import math
import re
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat
from xml.sax.saxutils import escape

from citizen.channels.wechat.errors import WeChatMalformed

MOST_BYTES: Final = 64 * 1024
MOST_DEPTH: Final = 8
MOST_FIELDS: Final = 64
MOST_TEXT: Final = 4000
_MEDIA_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_OPENID: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class WeChatMessage:
    """A message or event. `key` is the same each time that it is delivered: a digest of its MsgId, or of
    sender, time and event. `openid` names the person within this account. Of the rest only what `kind` has
    is set; `lat` and `lon` are GCJ-02 degrees.
    """

    key: str
    openid: str
    account: str
    created: int
    kind: str
    text: str = ""
    media_id: str = ""
    recognition: str = ""
    lat: float = 0.0
    lon: float = 0.0
    label: str = ""
    event: str = ""
    event_key: str = ""


def fields_of(data: bytes) -> dict[str, str]:
    """The texts of the elements below the root, by name; of one that stands twice the first. Raises
    `WeChatMalformed` for everything else than a small, flat document without a document type.
    """
    if len(data) > MOST_BYTES:
        raise _malformed(f"over {MOST_BYTES} bytes")
    reader = _Reader()
    try:
        reader.parser.Parse(data, True)  # that nothing follows
    except (expat.ExpatError, UnicodeError, ValueError, LookupError):
        raise _malformed("it is no XML of this form") from None
    if reader.root != "xml":
        raise _malformed("its root is not xml")
    return reader.fields


def message_of(fields: dict[str, str]) -> WeChatMessage:
    """Raises `WeChatMalformed`."""
    openid, account = fields.get("FromUserName", ""), fields.get("ToUserName", "")
    if not _OPENID.fullmatch(openid):
        raise _malformed("FromUserName is no openid")
    created = _whole(fields.get("CreateTime", ""))
    kind = fields.get("MsgType", "")[:32]
    event = fields.get("Event", "")[:64].casefold() if kind == "event" else ""
    event_key = fields.get("EventKey", "")[:128]
    told = fields.get("MsgId", "")
    mark = f"event\n{openid}\n{created}\n{event}\n{event_key}" if event else f"message\n{_whole(told)}"
    message = WeChatMessage(
        key=hashlib.sha256(mark.encode()).hexdigest(),
        openid=openid,
        account=account[:64],
        created=created,
        kind=kind,
        event=event,
        event_key=event_key,
    )
    return _with_content(message, fields)


def text_answer(to: WeChatMessage, created: int, text: str) -> bytes:
    """The passive answer to a message."""
    return (
        f"<xml><ToUserName>{_safe(to.openid)}</ToUserName><FromUserName>{_safe(to.account)}</FromUserName>"
        f"<CreateTime>{created}</CreateTime><MsgType>text</MsgType><Content>{_safe(text)}</Content></xml>"
    ).encode()


def encrypted_answer(encrypted: str, signature: str, timestamp: str, nonce: str) -> bytes:
    """The envelope of an encrypted answer."""
    return (
        f"<xml><Encrypt>{_safe(encrypted)}</Encrypt><MsgSignature>{_safe(signature)}</MsgSignature>"
        f"<TimeStamp>{_safe(timestamp)}</TimeStamp><Nonce>{_safe(nonce)}</Nonce></xml>"
    ).encode()


def _with_content(message: WeChatMessage, fields: dict[str, str]) -> WeChatMessage:
    said: dict[str, str | float] = {}
    match message.kind:
        case "text":
            said["text"] = _clean(fields.get("Content", ""))
        case "image" | "voice":
            media_id = fields.get("MediaId", "")
            if not _MEDIA_ID.fullmatch(media_id):
                raise _malformed("MediaId is none")
            said["media_id"] = media_id
            said["recognition"] = _clean(fields.get("Recognition", ""))
        case "location":
            said["lat"] = _degrees(fields.get("Location_X", ""), 90)
            said["lon"] = _degrees(fields.get("Location_Y", ""), 180)
            said["label"] = _clean(fields.get("Label", ""))[:200]
    values = {name: getattr(message, name) for name in WeChatMessage.__slots__}
    return WeChatMessage(**{**values, **said})


class _Reader:
    """Collects the texts of the root's children."""

    def __init__(self) -> None:
        self.root = ""
        self.fields: dict[str, str] = {}
        self._depth = 0
        self._name = ""
        self._text: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._no_doctype
        self.parser.EntityDeclHandler = self._no_doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._words

    def _no_doctype(self, *_what: object) -> None:
        raise _malformed("a document type is not taken")

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > MOST_DEPTH or len(self.fields) > MOST_FIELDS:
            raise _malformed("it is nested too deeply, or too long")
        if self._depth == 1:
            self.root = name
        elif self._depth == 2:  # a child of the root
            self._name, self._text = name, []

    def _end(self, name: str) -> None:
        if self._depth == 2:
            self.fields.setdefault(name, "".join(self._text))
        self._depth -= 1

    def _words(self, text: str) -> None:
        if self._depth == 2:
            self._text.append(text)


def _safe(text: str) -> str:
    return escape(_CONTROL.sub("", text))


def _clean(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()[:MOST_TEXT]


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 20:  # 64 bits
        raise _malformed("CreateTime or MsgId is no number")
    return int(text)


def _degrees(text: str, most: float) -> float:
    try:
        value = float(text[:32])
    except ValueError:
        raise _malformed("a coordinate is no number") from None
    if not math.isfinite(value) or abs(value) > most:
        raise _malformed("a coordinate is out of range")
    return value


def _malformed(why: str) -> WeChatMalformed:
    return WeChatMalformed(why, remedy="send what the platform sends")
