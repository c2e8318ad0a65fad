"""Numbers that a call was placed or passed on to: they stand in names of channels, `Local/NUMBER@outbound-…`,
and in transfers. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from cdr.model import HIDDEN

SHORTEST: Final = 7
"""Digits; what is shorter is a telephone of the centre."""

_ASKED: Final = re.compile(rf"(?:\+|00)?[0-9]{{{SHORTEST},}}(?=@)")
_NUMBER: Final = re.compile(rf"\+?[0-9*#]{{{SHORTEST},}}")


def masked_channels(text: str) -> str:
    """A channel's name, an endpoint, or any text that holds such names."""
    return _ASKED.sub(HIDDEN, text)


def masked_transfers(transfers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The transfers of a call, without numbers outside the centre."""
    return [
        {**one, "to": HIDDEN} if _NUMBER.fullmatch(str(one.get("to", ""))) else dict(one) for one in transfers
    ]
