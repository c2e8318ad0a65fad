"""What AsyncAGI's events carry, decoded: pure, for any text.

Asterisk sends `Env` and `Result` percent-encoded, and cuts each: 1,023 bytes before and 2,047 after the
encoding. So an environment may lack its last lines, a value its bracket, and the last character may be half.
"""

from __future__ import annotations

from typing import Final
from urllib.parse import unquote_to_bytes

from gateway.agi.codec import AgiDecoder, AgiReply, Broken, Environment

ENVIRONMENT_LINES: Final = 128
UNTRUSTED: Final = ("arg_", "network")
"""What the caller's name could add by a line end; AsyncAGI itself never sends these."""


def environment(env: str, *, uniqueid: str, channel: str, number: str) -> Environment:
    """The environment of a dialogue; what decides anything comes from the event's headers, not from `env`."""
    values: dict[str, str] = {}
    for line in _bytes(env).split(b"\n")[:ENVIRONMENT_LINES]:
        name, colon, value = line.partition(b":")
        if not colon or not name.startswith(b"agi_"):
            continue
        key = name[4:].decode("utf-8", "replace")
        if not key.startswith(UNTRUSTED):
            # The first one counts: a line end in the caller's name can only add lines after it.
            values.setdefault(key, value.removeprefix(b" ").decode("utf-8", "replace"))
    values |= {"uniqueid": uniqueid, "channel": channel, "callerid": number or "unknown"}
    return Environment(values)


def with_script(env: Environment, script: str) -> Environment:
    """The same, with the dialogue that the dialplan asked for as its `script`."""
    return Environment({**env.values, "network_script": script})


def answer(result: str) -> AgiReply | None:
    """The answer in a `Result`, or None for text that is none."""
    text = _bytes(result)
    if text.startswith(b"520"):
        return AgiReply(520)  # its further lines are the command's manual, often cut
    decoder = AgiDecoder()
    try:
        items = decoder.feed(b"\n" + text.rstrip(b"\r\n") + b"\n")
        found = next((item for item in items if isinstance(item, AgiReply)), None)
        if found is None and decoder.open:
            decoder = AgiDecoder()  # a value that was cut before its bracket
            items = decoder.feed(b"\n" + text.rstrip(b"\r\n") + b")\n")
            found = next((item for item in items if isinstance(item, AgiReply)), None)
    except Broken:
        return None
    return found


def _bytes(text: str) -> bytes:
    return unquote_to_bytes(text.encode("utf-8", "replace"))
