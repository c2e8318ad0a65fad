"""What is told in a text: marked where it is an exercise or a test, or an all-clear. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from warning.cap.model import CapInfo, CapMessage, CapSeverity, CapStatus, CapType

MARKS: Final = {CapStatus.EXERCISE: "【演习 EXERCISE】", CapStatus.TEST: "【测试 TEST】"}
_KINDS: Final = {CapType.CANCEL: "解除 ALL CLEAR：", CapType.UPDATE: "更新 UPDATE："}
_ENDS: Final = "。！？.!?"


def mark_of(message: CapMessage) -> str:
    """Stands before every text of an exercise or a test; empty for an actual warning."""
    return MARKS.get(message.status, "")


def headline_of(message: CapMessage, about: Sequence[CapMessage] = (), language: str = "zh") -> str:
    """Its headline; of an all-clear without words the one of what it is `about`."""
    info = _said(message, about, language)
    return (info.headline or info.event) if info is not None else message.identifier


def text_of(message: CapMessage, about: Sequence[CapMessage], *, most: int, language: str = "zh") -> str:
    """The whole text, of at most so many signs: its mark is never cut."""
    info = _said(message, about, language)
    of_its_own = info is not None and bool(message.infos)
    parts = [headline_of(message, about, language)]
    if info is not None and of_its_own:
        parts += [info.description, info.instruction]
    told = "".join(part if part[-1] in _ENDS else f"{part}。" for part in parts if part)
    by = f"（{info.sender_name}）" if info is not None and info.sender_name else ""
    text = f"{mark_of(message)}{_KINDS.get(message.msg_type, '')}{told}{by}"
    return text if len(text) <= most else f"{text[: most - 1]}…"


def severity_of(message: CapMessage) -> CapSeverity:
    """The gravest of all that it says."""
    order = list(CapSeverity)
    return min((info.severity for info in message.infos), key=order.index, default=CapSeverity.UNKNOWN)


def _said(message: CapMessage, about: Sequence[CapMessage], language: str) -> CapInfo | None:
    found = (one.info_in(language) for one in (message, *about))
    return next((one for one in found if one is not None), None)
