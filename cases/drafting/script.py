"""Traditional characters as simplified ones, one for one: recognisers mix them, the tables do not."""

from __future__ import annotations

from functools import lru_cache

import opencc

_BLOCK = range(0x4E00, 0xA000)
_SPOKEN = {ord("著"): "着"}
"""着 in speech (著火), which written Chinese keeps apart."""


def simplified(text: str) -> str:
    """The same text of the same length, so that positions in it stay what they are."""
    if text.isascii():
        return text
    plain = text.translate(_table())
    # 乾 is 干 in traditional writing, and a name's own character (乾元) where nothing else is traditional.
    return plain if plain == text else plain.replace("乾", "干")


@lru_cache(maxsize=1)
def _table() -> dict[int, str]:
    convert = opencc.OpenCC("t2s").convert
    pairs = ((code, str(convert(chr(code)))) for code in _BLOCK)
    return {
        code: simple for code, simple in pairs if len(simple) == 1 and chr(code) not in {simple, "乾"}
    } | _SPOKEN
