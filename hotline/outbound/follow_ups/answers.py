"""What a reporter says to the question of a follow-up call: "are you satisfied?". Pure; the rules are tables.

A turn is read as phrases of the tables from its first word to its last, the longest first, so that 不满意 is
never read as 满意. One word that stands in no table, two answers that contradict each other, or a recogniser
that is not sure make it unclear: who has said it is asked again.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, Literal

SpokenKey = Literal["0", "1", "2", "3", "y", "n", "x"]
"""The keys' digits; and what no key says: it is solved, it is not, and not to be called any more."""
SPOKEN_KEYS: Final[tuple[SpokenKey, ...]] = ("0", "1", "2", "3", "y", "n", "x")
SpokenReading = SpokenKey | Literal["nothing", "unclear"]
"""`nothing`: a greeting, a sigh, or the question itself as his loudspeaker gives it back."""

SURE: Final = 0.5
"""The recogniser's own certainty (0 to 1) of the least sure piece of an answer that is taken."""
TURN_S: Final = 3.0
"""What is said after a shorter pause belongs to what was said before: 不 … 满意."""
LONGEST: Final = 200
"""Characters of a turn; who says more tells a story."""


@dataclass(frozen=True, slots=True)
class SpokenUtterance:
    """Speech between two pauses; the times in seconds from when he was heard first. Empty text: it was not
    understood. `sure` is the recogniser's certainty of its least sure piece, None where it has none.
    """

    text: str
    start_s: float
    end_s: float
    sure: float | None = None


# --- the tables ------------------------------------------------------------------------------------------


def _joined(*parts: str) -> tuple[str, ...]:
    """Each of the first part with each of the others; `|` parts them."""
    return tuple("".join(one) for one in product(*(part.split("|") for part in parts)))


_NOT_PLEASED_ZH: Final = _joined(
    "不|不是|并不|也不|都不|没|没有|并没有|不算|谈不上|说不上|一点不|一点也不|一点都不|很不|非常不|十分不",
    "|太|很|大|怎么|够|是很|是太|特别|非常|十分|完全",
    "满意",
) + _joined("不|不是|并不|不算", "太|很|大|怎么|够|是很|特别|非常", "好")
_NOT_DONE_ZH: Final = _joined(
    "没|没有|还没|还没有|并没有|根本没|根本没有|一直没|一直没有|都没|都没有|也没|也没有|仍然没有|未|尚未|没能",
    "解决|得到解决|处理|处理好|处理完|修|修好|弄|弄好|办|办好|搞好|搞定|好|完|人管|人来|人来管|人处理|人修",
    "|了|呢",
)
_NOT_PLEASED_EN: Final = _joined(
    "not |am not |i'm not |was not |wasn't |isn't |is not |never |don't feel ",
    "|very |really |so |at all |that |quite |too |fully |completely |entirely ",
    "satisfied|happy|good|pleased|great|content",
)
_NOT_DONE_EN: Final = _joined(
    "not |not been |has not been |hasn't been |was not |wasn't |is not |isn't |never |still not |never been ",
    "|yet |really |properly |completely |fully ",
    "solved|resolved|fixed|done|repaired|closed|finished",
)

PHRASES: Final[Mapping[SpokenKey, tuple[str, ...]]] = {
    "1": (
        "满意", "很满意", "非常满意", "挺满意", "十分满意", "特别满意", "蛮满意", "是", "是的", "对",
        "对的", "很好", "挺好", "非常好", "特别好", "不错", "很不错", "挺不错", "还不错", "一", "1", "幺",
        "yes", "yeah", "yep", "satisfied", "happy", "pleased", "good", "great", "excellent", "one",
    ),
    "2": (
        "一般", "一般般", "一般满意", "基本满意", "比较满意", "还算满意", "还可以", "还行", "还好",
        "马马虎虎", "凑合", "差不多", "过得去", "二", "两", "2",
        "fairly", "fairly satisfied", "somewhat", "somewhat satisfied", "partly", "so so", "not bad",
        "not too bad", "average", "it's okay", "it's ok", "two",
    ),
    "3": (
        *_NOT_PLEASED_ZH, "不满", "很不满", "非常不满", "不是", "不对", "不", "否", "不行", "不好", "很不好",
        "不怎么样", "不太好", "很差", "太差", "差", "很糟糕", "糟糕", "三", "3",
        *_NOT_PLEASED_EN, "no", "nope", "unsatisfied", "dissatisfied", "unhappy", "not really", "not at all",
        "bad", "very bad", "poor", "terrible", "three",
    ),
    "y": (
        "解决", "解决了", "已经解决", "得到解决", "处理好了", "处理完了", "修好了", "弄好了", "办好了",
        "搞定了", "好了", "都好了",
        "solved", "resolved", "fixed", "repaired", "it's done", "it is done",
    ),
    "n": (
        *_NOT_DONE_ZH, "没有", "没", "还没", "还没有", "解决不了", "问题还在", "还是老样子", "还是那样",
        *_NOT_DONE_EN, "not yet", "unsolved", "unresolved", "still broken", "still there", "nothing happened",
        "nothing changed", "nobody came", "no one came",
    ),
    "0": (
        "人工", "转人工", "接人工", "找人工", "要人工", "人工服务", "人工客服", "人工回电", "转人工服务",
        "客服", "接线员", "话务员", "真人", "零", "0", "〇",
        "operator", "agent", "person", "human", "real person", "representative", "speak to a person",
        "talk to a person", "call by a person", "call me back", "zero",
    ),
    "x": (
        *_joined("不要|别|不要再|别再|以后不要|以后别|请不要|请别|请不要再|请别再",
                 "打|打了|打电话|打电话了|打扰|打扰了|打扰我|打来|打来了|给我打电话|给我打电话了|烦我|骚扰我"),
        "退订", *_joined("stop |please stop ", "calling|calling me|the calls|these calls"),
        *_joined(
            "do not |don't |never |please don't |please do not ", "call|call me|call again|call me again",
        ),
        "no more calls", "unsubscribe",
    ),
}  # fmt: skip
"""What stands for each answer, in both languages. English words are parted by spaces."""

SAYS_NOTHING: Final = (
    "嗯", "啊", "呃", "哦", "噢", "喂", "唉", "哎", "诶", "欸", "呀", "呢", "哈", "吧", "了", "的", "那",
    "那个", "这个", "就", "就是", "我", "我是", "我说", "我觉得", "我感觉", "感觉", "觉得", "对结果",
    "对处理结果", "结果", "处理结果", "问题", "我的问题", "这个问题", "你好", "您好", "谢谢", "谢谢你",
    "谢谢您", "好", "好的", "已经", "都", "挺", "很", "选", "我选", "我要", "请", "哪位", "谁", "谁啊",
    "谁呀", "什么", "什么事", "没听清", "没听清楚", "没听到", "没听见", "听不清", "听不见", "对不起",
    "不好意思",
    "um", "uh", "er", "hmm", "mm", "oh", "ah", "well", "hello", "hi", "hey", "please", "thanks",
    "thank you", "a", "an", "the", "it", "it's", "is", "i", "i'm", "am", "i am", "i was", "was", "with",
    "result", "the result", "my", "case", "problem", "this", "very", "really", "quite", "just", "i think",
    "i would say", "i'd say", "say", "number", "okay", "ok", "alright", "who is this", "what", "pardon",
    "sorry", "i want", "i want a",
)  # fmt: skip
"""Words around an answer."""

ASKS: Final = (
    *_joined("不是|并不是|也不是|没有|没|并没有", "不满意|不满|不好|不行|不对|很差|太差|差|糟糕"),
    *_joined("不是|并不是|也不是", "没解决|没有解决"), "不差",
    "是不是", "好不好", "对不对", "行不行", "有没有", "满不满意", "满意不满意", "满意没有", "解决没有",
    "解决没解决", "没问题", "没有问题", "没什么问题", "没有什么问题", "没意见", "没有意见", "没事",
    "不要人工", "不用人工", "不找人工", "不要转人工", "不用转人工",
)  # fmt: skip
"""Both at once, or neither: unclear whatever stands beside."""

SHORT: Final = (
    "是", "是的", "对", "对的", "一", "1", "幺", "二", "两", "2", "不是", "不对", "不", "否", "三", "3",
    "好了", "都好了", "没有", "没", "还没", "零", "0", "〇",
    "yes", "yeah", "yep", "no", "nope", "good", "great", "one", "two", "three", "zero",
)  # fmt: skip
"""Answers to a question that was asked; before its end they say that he listens, or answer somebody else."""

ECHOES: Final = ("请按", "请按键", "您对", "城市管理热线", "已经办结", "您反映", "press", "for yes", "for no",
                 "for fairly", "are you satisfied", "city hotline", "your case is closed")  # fmt: skip
"""Words of the question: a loudspeaker gives it back, and nobody has answered."""

_TOGETHER: Final[Mapping[frozenset[str], SpokenKey]] = {
    **{frozenset[str]((key,)): key for key in SPOKEN_KEYS},
    frozenset({"1", "y"}): "1", frozenset({"2", "y"}): "2", frozenset({"3", "n"}): "3",
    frozenset({"0", "3"}): "0", frozenset({"0", "n"}): "0", frozenset({"0", "3", "n"}): "0",
}  # fmt: skip
"""Answers that go together, and which one counts. All others contradict each other."""

# --- reading ---------------------------------------------------------------------------------------------

_TOKEN: Final = re.compile(r"[a-z]+(?:'[a-z]+)*|\d+|[^\W\d_a-z]")


def _tokens(text: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKC", text).replace("\u2019", "'").casefold()
    return tuple(_TOKEN.findall(plain))


def _table() -> dict[tuple[str, ...], str]:
    """A key, empty for what says nothing, `?` for what leaves it open, as what stands in no table does."""
    found: dict[tuple[str, ...], str] = {_tokens(one): "" for one in SAYS_NOTHING}
    found |= {_tokens(one): key for key, phrases in PHRASES.items() for one in phrases}
    return found | {_tokens(one): "?" for one in ASKS}


_PHRASE: Final = _table()
_MOST_TOKENS: Final = max(map(len, _PHRASE))
_SHORT: Final = frozenset(map(_tokens, SHORT))
_ECHOES: Final = tuple(_tokens(one) for one in ECHOES)


def turns(said: Sequence[SpokenUtterance]) -> list[tuple[SpokenUtterance, ...]]:
    """The utterances of one breath together, in order."""
    found: list[tuple[SpokenUtterance, ...]] = []
    for one in said:
        if found and one.start_s - found[-1][-1].end_s < TURN_S:
            found[-1] = (*found[-1], one)
        else:
            found.append((one,))
    return found


def read(turn: Sequence[SpokenUtterance], *, asked: bool = True) -> SpokenReading:
    """What one turn answers; `asked`: he has heard the question once. Any text may come."""
    text = " ".join(one.text for one in turn)
    tokens = _tokens(text[: LONGEST + 1])
    if any(_within(echo, tokens) for echo in _ECHOES):
        return "nothing"
    if len(text) > LONGEST:
        return "unclear"
    answers = [one for one in _phrases(tokens) if _PHRASE.get(one, "?")]
    if not answers or (not asked and _SHORT.issuperset(answers)):
        return "nothing"
    key = _TOGETHER.get(frozenset(_PHRASE.get(one, "?") for one in answers))
    return key if key is not None and all(_is_sure(one) for one in turn) else "unclear"


def _is_sure(one: SpokenUtterance) -> bool:
    """Of what answers nothing nobody needs to be sure, if there are words at all."""
    if one.text and not any(_PHRASE.get(phrase, "?") for phrase in _phrases(_tokens(one.text))):
        return True
    return one.sure is not None and one.sure >= SURE


def _phrases(tokens: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The longest phrases of the tables, from the first word to the last; what stands in none is alone."""
    at = 0
    while at < len(tokens):
        lengths = range(min(_MOST_TOKENS, len(tokens) - at), 1, -1)
        length = next((one for one in lengths if tokens[at : at + one] in _PHRASE), 1)
        yield tokens[at : at + length]
        at += length


def _within(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    return any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))
