"""Takes telephone numbers and e-mail addresses out of texts, for what leaves the circle of those who may see
them. Ids, times and sizes stay. Pure, and a second application changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from core.events import MASK

_WIDE: Final = str.maketrans("０１２３４５６７８９＋", "0123456789+")
_KEPT: Final = (
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"  # a UUID
    r"|\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?"  # a time
    r"|\b1\d{9}\.\d+"  # a uniqueid of the switch
)
_HIDDEN: Final = (
    r"[^\s@,;<>\"'=]{1,64}@[^\s@,;<>\"']+\.[^\s@,;<>\"']+"  # an e-mail or SIP address
    r"|(?<![\dA-Za-z])(?:(?:\+|00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?!\d)"  # a mobile
    r"|(?<!\d)0[1-9]\d{1,2}[ -]?\d{3,4}[ -]?\d{4}(?!\d)"  # a fixed line with its area code
    r"|(?<![\dA-Za-z])(?:\+|00)[1-9]\d(?:[ -]?\d){5,13}(?!\d)"  # another country's
    r"|(?<![\dA-Za-z.:_/-])[2-8]\d{6,7}(?![\dA-Za-z:_-]|\.\d)"  # a fixed line of this city
    r"|[零〇一二三四五六七八九幺两]{7,}"  # digits as they are spoken
)
_FOUND: Final = re.compile(f"(?P<kept>{_KEPT})|{_HIDDEN}", re.IGNORECASE)


def masked_text(text: str) -> str:
    """The text with `•••` for each number and address."""
    return _FOUND.sub(lambda match: match["kept"] or MASK, text.translate(_WIDE))


def masked_value(value: Any) -> Any:
    """The same for every text inside a JSON value; keys and numbers stay."""
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, Mapping):
        return {str(key): masked_value(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [masked_value(one) for one in value]
    return value
