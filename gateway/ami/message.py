"""One AMI message as it came: raw bytes, and headers that are decoded only when somebody asks.

No header is decoded before it is complete, and none strictly: Asterisk itself cuts names inside a
UTF-8 character, so a broken one becomes U+FFFD and the raw bytes stay available.
"""

from __future__ import annotations

_NEEDLES: dict[str, bytes] = {}
_NEEDLES_LIMIT = 4096  # header names come from code; the limit only guards against misuse


def _needle(name: str) -> bytes:
    needle = _NEEDLES.get(name)
    if needle is None:
        if len(_NEEDLES) >= _NEEDLES_LIMIT:
            _NEEDLES.clear()
        needle = _NEEDLES[name] = b"\n" + name.encode() + b": "
    return needle


class AmiPacket:
    """`name` is the event's name, the response's word (`Success`, `Error` …) or the banner.

    `raw` is the frame without its blank line, lines ended by LF. Where a header is repeated, `get`
    gives the first and `getlist` all of them. The exact spelling of a header name is found first
    and fastest; any other capitalisation is found too.
    """

    __slots__ = ("_fields", "name", "raw")

    def __init__(self, name: str, raw: bytes) -> None:
        self.name = name
        self.raw = raw
        self._fields: tuple[tuple[bytes, bytes], ...] | None = None

    def value(self, name: str) -> bytes | None:
        """The header's bytes exactly as Asterisk wrote them, or None."""
        raw = self.raw
        needle = _needle(name)
        start = raw.find(needle)
        if start >= 0:
            start += len(needle)
            end = raw.find(b"\n", start)
            return raw[start:] if end < 0 else raw[start:end]
        wanted = name.encode().lower()
        for key, value in self.fields():
            if key.lower() == wanted:
                return value
        return None

    def get(self, name: str, default: str = "") -> str:
        value = self.value(name)
        return default if value is None else value.decode("utf-8", "replace")

    def getlist(self, name: str) -> list[str]:
        wanted = name.encode().lower()
        return [value.decode("utf-8", "replace") for key, value in self.fields() if key.lower() == wanted]

    def __contains__(self, name: str) -> bool:
        return self.value(name) is not None

    def fields(self) -> tuple[tuple[bytes, bytes], ...]:
        """All headers in their order as bytes; lines without a colon are left out."""
        fields = self._fields
        if fields is None:
            fields = self._fields = tuple(_split(self.raw))
        return fields

    def headers(self) -> list[tuple[str, str]]:
        """All headers in their order, decoded."""
        return [
            (key.decode("utf-8", "replace"), value.decode("utf-8", "replace")) for key, value in self.fields()
        ]

    def __repr__(self) -> str:
        # No header values: they hold callers' names and numbers, and reprs end up in logs.
        return f"{type(self).__name__}({self.name!r}, {len(self.raw)} bytes)"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, AmiPacket):
            return NotImplemented
        return type(self) is type(other) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash(self.raw)


def _split(raw: bytes) -> list[tuple[bytes, bytes]]:
    fields = []
    for line in raw.split(b"\n"):
        key, colon, value = line.partition(b":")
        if colon:
            # One blank belongs to the separator; further ones are the value's own.
            fields.append((key, value[1:] if value.startswith(b" ") else value))
    return fields


class AmiEvent(AmiPacket):
    __slots__ = ()


class AmiResponse(AmiPacket):
    __slots__ = ()

    @property
    def ok(self) -> bool:
        """Whether the switch accepted the action."""
        return self.name != "Error"

    @property
    def text(self) -> str:
        """Asterisk's own words about it (`AmiPacket:`)."""
        return self.get("Message")

    @property
    def output(self) -> list[str]:
        """The lines of a command's output (`Output:`)."""
        return self.getlist("Output")


class Banner(AmiPacket):
    """The first line of a connection, for example `Asterisk Call Manager/9.0.0`."""

    __slots__ = ()
