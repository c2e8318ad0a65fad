"""How Chinese words sound, with the differences dropped that speech recognition and dialects confuse."""

from __future__ import annotations

import re
from functools import lru_cache

_CJK = re.compile(r"[\u3400-\u9fff]")
_CJK_RUN = re.compile(r"[\u3400-\u9fff]+")
_NOT_LETTERS = re.compile(r"[^a-z]")


def is_chinese(text: str) -> bool:
    """Whether the text has any Chinese character."""
    return _CJK.search(text) is not None


def fold(syllable: str) -> str:
    """One pinyin syllable without zh/z, ch/c, sh/s and final ng/n differences."""
    for hard, soft in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        if syllable.startswith(hard):
            syllable = soft + syllable[2:]
            break
    return syllable[:-1] if syllable.endswith("ng") else syllable


def _readings(text: str) -> list[str]:
    # Imported here: its dictionary takes a second, and not everybody who knows places asks how they sound.
    from pypinyin import Style, lazy_pinyin  # noqa: PLC0415

    read: list[str] = lazy_pinyin(text, style=Style.NORMAL)
    return read


@lru_cache(maxsize=4096)
def syllables(text: str) -> tuple[str, ...]:
    """One folded syllable for each character; a character without a reading stands for itself.

    Characters are read as the words that they form (着 in 着火 is zhao), run by run.
    """
    out: list[str] = []
    at = 0
    for run in _CJK_RUN.finditer(text):
        out.extend(text[at : run.start()])
        read = _readings(run[0])
        if len(read) != len(run[0]):  # a rare character that the dictionary takes apart
            read = [_readings(char)[0] for char in run[0]]
        out.extend(map(fold, read))
        at = run.end()
    out.extend(text[at:])
    return tuple(out)


_LOOSE = {"c": "z", "p": "b", "t": "d", "k": "g", "q": "j", "n": "l"}


def loose(sound: tuple[str, ...]) -> tuple[str, ...]:
    """Folded syllables without the differences c/z, p/b, t/d, k/g, q/j, n/l at their beginning.

    Only for words whose meaning must not be missed: it makes many different words alike.
    """
    return tuple(_LOOSE.get(one[0], one[0]) + one[1:] if one else one for one in sound)


_RIME = re.compile(r"[aeiouv].*$")


def near(one: str, other: str) -> bool:
    """True for two folded syllables that begin or end alike, initials taken loosely (lian is not an)."""
    rimes = [found[0] if (found := _RIME.search(syllable)) else "" for syllable in (one, other)]
    if rimes[0] == rimes[1]:
        heads = [syllable.removesuffix(rimes[0]) for syllable in (one, other)]
        return bool(heads[0]) == bool(heads[1])
    return loose((one,))[0][:1] == loose((other,))[0][:1]


@lru_cache(maxsize=1)
def _pinyin() -> re.Pattern[str]:
    read = {_readings(chr(code))[0] for code in range(0x4E00, 0x9FA6)}
    spelled = {one.replace("ü", "v") for one in read if one.isascii() and len(one) > 1 and _RIME.search(one)}
    return re.compile(rf"(?:{'|'.join(sorted(spelled, key=len, reverse=True))})+")


def is_pinyin(name: str) -> bool:
    """True when the name in Latin letters can be cut into whole Mandarin syllables."""
    return _pinyin().fullmatch(_NOT_LETTERS.sub("", name.casefold())) is not None


_BY_EAR = (("ph", "f"), ("ng", "n"), ("ck", "k"), ("w", "u"), ("y", "i"))
_FINE = (("zh", "j"), ("z", "j"), ("ch", "c"), ("q", "c"), ("sh", "s"), ("x", "s"), *_BY_EAR)
_COARSE = (
    ("zh", "s"), ("ch", "s"), ("sh", "s"), ("ge", "se"), ("gi", "si"), ("q", "s"), ("x", "s"), ("z", "s"),
    ("j", "s"), ("c", "s"), *_BY_EAR,
)  # fmt: skip


def heard_keys(name: str) -> tuple[str, str]:
    """How a name in Latin letters sounds to a foreign ear, finely and coarsely: consonants by class, one
    letter for any vowels. `John Shon` and `Zhongshan` have the same fine key.
    """
    return _key(name, _FINE), _key(name, _COARSE)


def _key(name: str, classes: tuple[tuple[str, str], ...]) -> str:
    text = _NOT_LETTERS.sub("", name.casefold())
    for spelled, sound in classes:
        text = text.replace(spelled, sound)
    text = re.sub(r"(?<=[aeiou])h", "", text)
    text = re.sub(r"[aeiou]+", "a", text)
    return re.sub(r"(.)\1+", r"\1", text)


def fold_latin(text: str) -> str:
    """A name in Latin letters, joined and folded: `Xi Dazhi` and `xidazhi` are the same."""
    joined = _NOT_LETTERS.sub("", text.casefold())
    for hard, soft in (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ang", "an"), ("eng", "en"), ("ing", "in")):
        joined = joined.replace(hard, soft)
    return joined
