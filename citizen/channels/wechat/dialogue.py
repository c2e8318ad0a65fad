"""The dialogue with a person: photo, place, words, confirmation. Pure: a state and a signal give the next
state, what is said at once, and what is to be done.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal

from citizen.channels.wechat import words
from citizen.channels.wechat.codec import WeChatMessage
from citizen.contract.report import MOST_PICTURES, MOST_PLACE, MOST_TEXT
from core.datum import Datum
from core.models import Frozen
from core.translation import Translatable

LEAST_WORDS: Final = 4
"""Shorter words out of a dialogue are no report: the menu is the answer."""
ACCURACY_M: Final = 50.0
"""WeChat does not say how exact a location is."""


class Question(StrEnum):
    """What the person is asked next."""

    PHOTO = "photo"
    PLACE = "place"
    WHAT = "what"
    CONFIRM = "confirm"


class GivenPoint(Frozen):
    """A location as the person sent it, with its datum."""

    lon: float
    lat: float
    datum: Datum = "GCJ-02"


class DialogueState(Frozen):
    """Where a dialogue stands. `report_key` is the message that began the report under way, empty without
    one; `pictures` are media ids.
    """

    language: Literal["zh", "en"] = "zh"
    at: datetime
    report_key: str = ""
    pictures: tuple[str, ...] = ()
    without_photo: bool = False
    point: GivenPoint | None = None
    place: str = ""
    text: str = ""

    @property
    def asks(self) -> Question | None:
        """The next question; None while no report is under way."""
        if not self.report_key:
            return None
        if not self.pictures and not self.without_photo:
            return Question.PHOTO
        if self.point is None and not self.place:
            return Question.PLACE
        return Question.CONFIRM if self.text else Question.WHAT


@dataclass(frozen=True, slots=True)
class Heard:
    """The words of a voice message, by the recogniser."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class FetchPicture:
    media_id: str
    report_key: str


@dataclass(frozen=True, slots=True)
class HearVoice:
    """`recognition` is what the platform heard, if it listens at all."""

    media_id: str
    recognition: str
    key: str


@dataclass(frozen=True, slots=True)
class FileReport:
    report: DialogueState


@dataclass(frozen=True, slots=True)
class ShowOwn:
    """Tell the person the progress of the own reports."""


@dataclass(frozen=True, slots=True)
class ShowReport:
    number: str
    code: str


@dataclass(frozen=True, slots=True)
class RateReport:
    stars: int
    solved: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class ForgetPerson:
    """Erase the openid here and in the reports."""


Effect = FetchPicture | HearVoice | FileReport | ShowOwn | ShowReport | RateReport | ForgetPerson


@dataclass(frozen=True, slots=True)
class Turn:
    """What follows from a signal. `state` None: nothing of the person is kept."""

    state: DialogueState | None
    says: tuple[Translatable, ...] = ()
    effects: tuple[Effect, ...] = ()


_CANCEL: Final = frozenset({"0", "取消", "退出", "cancel"})
_SKIP: Final = frozenset({"1", "跳过", "没有", "skip", "no photo"})
_YES: Final = frozenset(
    {"1", "确认", "确定", "是", "好", "好的", "提交", "y", "yes", "ok", "confirm", "send"}
)
_AGAIN: Final = frozenset({"2", "重填", "重来", "again", "redo"})
_NEW: Final = frozenset({"1", "报修", "举报", "上报", "我要上报", "投诉", "report"})
_OWN: Final = frozenset({"2", "进度", "查询", "查询进度", "我的上报", "status", "progress"})
_RATE: Final = frozenset({"3", "评价", "rate"})
_HELP: Final = frozenset({"帮助", "菜单", "help", "menu", "?", "？"})
_FORGET: Final = frozenset({"删除我的信息", "delete my data"})
_LANGUAGES: Final[dict[str, Literal["zh", "en"]]] = {
    "中文": "zh",
    "chinese": "zh",
    "english": "en",
    "英文": "en",
}
_RATED: Final = re.compile(
    r"(?:3\s+|评价\s*|rate\s+)([1-5])(?!\d)\s*(?:星|分|stars?)?[\s,，.。:：;；]*(.*)",
    re.DOTALL | re.IGNORECASE,
)
_NUMBER: Final = re.compile(r"(R\d{8}-\d{5,9})[\s,，]+([0-9a-z]{8,16})", re.IGNORECASE)
_UNSOLVED: Final = re.compile(r"未解决|没有?解决|没修|not solved|unsolved", re.IGNORECASE)
_SOLVED: Final = re.compile(r"解决|修好|solved|fixed", re.IGNORECASE)
_MENU_KEYS: Final = {"report": "1", "progress": "2", "rate": "3", "help": "?"}
"""What a menu of the account may send as the key of a click."""


def is_forgetting(text: str) -> bool:
    """Whether the words ask that the person is forgotten."""
    return _wanted(text) in _FORGET


def reduce(state: DialogueState, signal: WeChatMessage | Heard) -> Turn:
    """`state.at` is the time of the signal already."""
    if isinstance(signal, Heard):
        return _heard(state, signal)
    answer = _BY_KIND.get(signal.kind)
    return Turn(state, (words.UNREADABLE,)) if answer is None else answer(state, signal)


def _happened(state: DialogueState, signal: WeChatMessage) -> Turn:
    if signal.event == "unsubscribe":
        return Turn(None, (), (ForgetPerson(),))
    if signal.event in {"subscribe", "scan"}:
        return Turn(state, (words.MENU,))
    if signal.event == "click":
        return _said(state, _MENU_KEYS.get(signal.event_key.casefold(), "?"), signal.key)
    return Turn(state)


def _heard(state: DialogueState, signal: Heard) -> Turn:
    if not signal.text.strip():
        return Turn(state, (words.NOT_HEARD,))
    turn = _said(state, signal.text.strip(), signal.key)
    return Turn(turn.state, (words.filled(words.HEARD, words=signal.text.strip()), *turn.says), turn.effects)


def _said(state: DialogueState, text: str, key: str) -> Turn:
    wanted = _wanted(text)
    if wanted in _LANGUAGES:
        spoken = state.model_copy(update={"language": _LANGUAGES[wanted]})
        return Turn(spoken, (words.LANGUAGE, *_next(spoken)))
    if wanted in _FORGET:
        return Turn(None, (words.FORGOTTEN,), (ForgetPerson(),))
    if wanted in _HELP:
        return Turn(state, (words.MENU,))
    if state.asks is None:
        return _said_outside(state, text, wanted, key)
    if wanted in _CANCEL:
        return Turn(_without_report(state), (words.CANCELLED,))
    return _said_within(state, text, wanted, key)


def _wanted(text: str) -> str:
    return text.strip(" \t\r\n。.!！").casefold()


def _said_outside(state: DialogueState, text: str, wanted: str, key: str) -> Turn:
    if wanted in _OWN:
        return Turn(state, (), (ShowOwn(),))
    if wanted in _RATE:
        return Turn(state, (words.HOW_TO_RATE,))
    if rated := _RATED.fullmatch(text.strip()):
        return Turn(state, (), (_rating(int(rated[1]), rated[2].strip()),))
    if named := _NUMBER.fullmatch(text.strip()):
        return Turn(state, (), (ShowReport(named[1].upper(), named[2].casefold()),))
    if wanted not in _NEW and len(text.strip()) < LEAST_WORDS:
        return Turn(state, (words.MENU,))
    begun = _begun(state, key)
    if wanted not in _NEW:
        begun = begun.model_copy(update={"text": text.strip()[:MOST_TEXT]})
    return Turn(begun, _next(begun))


def _said_within(state: DialogueState, text: str, wanted: str, key: str) -> Turn:
    changed: dict[str, object] = {}
    match state.asks:
        case Question.PHOTO:
            changed["without_photo"] = True
            if wanted not in _SKIP:
                changed["text"] = _joined(state.text, text)
        case Question.PLACE:
            changed["place"] = text.strip()[:MOST_PLACE]
        case Question.CONFIRM if wanted in _YES:
            return Turn(_without_report(state), (words.FILING,), (FileReport(state),))
        case Question.CONFIRM if wanted in _AGAIN:
            begun = _begun(_without_report(state), key)
            return Turn(begun, _next(begun))
        case _:
            changed["text"] = _joined(state.text, text)
    after = state.model_copy(update=changed)
    return Turn(after, _next(after))


def _pictured(state: DialogueState, signal: WeChatMessage) -> Turn:
    begun = state if state.report_key else _begun(state, signal.key)
    if len(begun.pictures) >= MOST_PICTURES:
        return Turn(begun, (words.ENOUGH_PICTURES, *_next(begun)))
    if signal.media_id in begun.pictures:
        return Turn(begun, _next(begun))
    after = begun.model_copy(update={"pictures": (*begun.pictures, signal.media_id)})
    fetch = FetchPicture(signal.media_id, after.report_key)
    return Turn(after, (words.GOT_PICTURE, *_next(after)), (fetch,))


def _located(state: DialogueState, signal: WeChatMessage) -> Turn:
    begun = state if state.report_key else _begun(state, signal.key)
    after = begun.model_copy(
        update={
            "point": GivenPoint(lon=signal.lon, lat=signal.lat),
            "place": begun.place or signal.label[:MOST_PLACE],
        }
    )
    return Turn(after, _next(after))


def _next(state: DialogueState) -> tuple[Translatable, ...]:
    """The question that follows."""
    match state.asks:
        case Question.PHOTO:
            return (words.ASK_PHOTO,)
        case Question.PLACE:
            return (words.ASK_PLACE,)
        case Question.WHAT:
            return (words.ASK_WHAT,)
        case Question.CONFIRM:
            where: str | Translatable = state.place or words.NO_PLACE_IN_WORDS
            told = words.filled(words.CONFIRM, what=state.text[:300], where=where, photos=len(state.pictures))
            return (told,)
    return ()


def _begun(state: DialogueState, key: str) -> DialogueState:
    return state.model_copy(update={"report_key": key})


def _without_report(state: DialogueState) -> DialogueState:
    return DialogueState(language=state.language, at=state.at)


def _joined(before: str, more: str) -> str:
    return f"{before}\n{more.strip()}".strip()[:MOST_TEXT]


def _listened(state: DialogueState, signal: WeChatMessage) -> Turn:
    hear = HearVoice(signal.media_id, signal.recognition, signal.key)
    return Turn(state, (words.LISTENING,), (hear,))


def _written(state: DialogueState, signal: WeChatMessage) -> Turn:
    return _said(state, signal.text, signal.key)


_BY_KIND: Final[Mapping[str, Callable[[DialogueState, WeChatMessage], Turn]]] = {
    "text": _written, "image": _pictured, "voice": _listened, "location": _located, "event": _happened,
}  # fmt: skip


def _rating(stars: int, said: str) -> RateReport:
    solved = False if _UNSOLVED.search(said) else True if _SOLVED.search(said) else None
    return RateReport(stars, solved, said[:1000])
