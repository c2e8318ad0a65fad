"""Headers that several actions share, each validated."""

from __future__ import annotations

from gateway.ami import values
from gateway.ami.actions.action import Headers
from gateway.ami.errors import UnsafeValue
from gateway.ami.values import Dialplan


def yes(flag: bool) -> str:
    """A boolean as AMI writes it."""
    return "true" if flag else "false"


def timeout(seconds: float) -> Headers:
    if not 1.0 <= seconds <= 300.0:
        raise UnsafeValue("an Originate rings for 1 to 300 seconds")
    return [("Timeout", str(round(seconds * 1000)))]


def caller(name: str, number: str) -> Headers:
    if not number:
        return []
    number = values.number(number)
    return [("CallerID", f'"{values.text(name)}" <{number}>' if name else number)]


def variable(dialplan: Dialplan, name: str, value: str) -> tuple[str, str]:
    """A header that sets a variable of the dialplan. Raises where the value could add a header."""
    return ("Variable", f"{dialplan.variable(name)}={values.text(value)}")


def on_channel(name: str) -> Headers:
    """A header that names a channel; none for the empty name."""
    return [("Channel", values.channel(name))] if name else []


def into(dialplan: Dialplan, context: str, extension: str) -> Headers:
    """Where an Originate's channel goes once it is answered."""
    return [("Context", dialplan.context(context)), ("Exten", values.extension(extension)), ("Priority", "1")]


def local(dialplan: Dialplan, extension: str, context: str) -> tuple[str, str]:
    """A channel of nobody whose second half goes to the extension of the context, and stays there."""
    return ("Channel", f"Local/{values.extension(extension)}@{dialplan.context(context)}/n")


def of_nobody(own: str, *, halves: bool = True) -> Headers:
    """A channel that is no call's leg: uniqueid `own`, its second half's `own-2`; it has no CDR."""
    second = [("OtherChannelId", f"{own}-2")] if halves else []
    return [
        ("ChannelId", own),
        *second,
        ("Variable", "CDR_PROP(disable)=1"),
        ("Async", "true"),
        *timeout(5.0),
    ]
