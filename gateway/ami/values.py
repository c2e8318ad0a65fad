"""Values allowed in actions: each kind has one narrow form, and names come from closed sets.

A channel name can never be a pattern, an extension never an application, and a value never a second
assignment: Asterisk splits `Variable:` at commas and runs functions named in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.ami.errors import UnsafeValue

_CHANNEL = re.compile(r"[A-Za-z][A-Za-z0-9]{1,31}/[A-Za-z0-9_.@:;/+#*()=-]{1,200}")
_PHONE = re.compile(r"(?:PJSIP|SIP)/[A-Za-z0-9_.+*#-]{1,80}(?:@[A-Za-z0-9_.-]{1,80})?")
_LOCAL = re.compile(r"Local/([A-Za-z0-9_.+*#-]{1,80})@([A-Za-z0-9_.-]{1,80})(?:/[nj]{1,2})?")
_QUEUE = re.compile(r"[A-Za-z0-9_.-]{1,80}")
_EXTENSION = re.compile(r"[A-Za-z0-9+*#][A-Za-z0-9+*#_.-]{0,79}")
_NUMBER = re.compile(r"\+?[0-9*#]{1,32}")
_CHANNEL_ID = re.compile(r"[A-Za-z0-9_.-]{1,140}")
_TEXT = re.compile(r"[^\x00-\x1f\x7f,\"'\\$\[\]{}|;<>&()]{0,400}")
_HOST_PORT = re.compile(r"[A-Za-z0-9.-]{1,120}:[0-9]{1,5}")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:@-]{0,79}")
_PLACED_ID = re.compile(r"[a-z]{2}-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class Dialplan:
    """The closed sets that actions may name; they come from the code and configuration, never from a call."""

    contexts: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()

    def context(self, name: str) -> str:
        if name not in self.contexts:
            raise UnsafeValue("the context is not one that the gateway may use")
        return name

    def variable(self, name: str) -> str:
        if name not in self.variables:
            raise UnsafeValue("the variable is not one that the gateway may use")
        return name

    def phone(self, name: str) -> str:
        """A dial string: `PJSIP/8001`, `PJSIP/10086@trunk` or `Local/8001@context/n`."""
        local = _LOCAL.fullmatch(name)
        if local:
            self.context(local[2])
            return name
        return _match(_PHONE, name, "phone to dial")


def _match(pattern: re.Pattern[str], text: str, what: str) -> str:
    if not pattern.fullmatch(text):
        raise UnsafeValue(f"not a valid {what}")
    return text


def channel(name: str) -> str:
    """One channel by its exact name, `PJSIP/8001-0000002a`; a regular expression would begin with `/`."""
    return _match(_CHANNEL, name, "channel name")


def queue(name: str) -> str:
    """The name of a queue. Raises `Invalid` for what could add a header."""
    return _match(_QUEUE, name, "queue name")


def member(interface: str) -> str:
    """A queue member's interface, `PJSIP/8001` or `Local/8001@agents/n`."""
    return _match(_CHANNEL, interface, "queue member")


def extension(name: str) -> str:
    """An extension of the dialplan. Raises `Invalid`."""
    return _match(_EXTENSION, name, "extension")


def number(text: str) -> str:
    """A telephone number. Raises `Invalid`."""
    return _match(_NUMBER, text, "telephone number")


def channel_id(text: str) -> str:
    """A uniqueid given to a new channel (`ChannelId`); Asterisk allows 149 bytes."""
    return _match(_CHANNEL_ID, text, "channel id")


def placed_id(text: str) -> str:
    """The channel id of a call that the gateway placed: two letters and a UUID, as `al-<uuid>`."""
    return _match(_PLACED_ID, text, "channel id of a call that was placed")


def text(value: str) -> str:
    """A variable's value or a shown name: any script, but nothing that dialplan or AMI gives a meaning."""
    return _match(_TEXT, value, "text: it has characters with a meaning for the dialplan")


def host_port(address: str) -> str:
    """`host:port`. Raises `Invalid`."""
    return _match(_HOST_PORT, address, "host and port")


def word(text: str) -> str:
    """A code word or a user's id: letters, digits and `_.:@-`."""
    return _match(_WORD, text, "word")


def stream_id(uuid: str) -> str:
    """A UUID of an AudioSocket stream. Raises `Invalid`."""
    return _match(_UUID, uuid, "stream id")
