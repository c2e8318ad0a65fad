"""Identifiers of warnings by GB/T 35965.1: `ZZZZZZDDDUUUXX_YYYYMMDDhhmmss_N`, 31 signs.

Six digits of the district (GB/T 2260), three of the sector (GB/T 4657), three of the unit and two of an
extension; the time in China; a number for warnings of one second.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from typing import Annotated, Final

from pydantic import StringConstraints

IssuerCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{14}$")]
_FORM: Final = re.compile(r"([0-9]{14})_([0-9]{14})_([0-9])")
_CHINA: Final = timezone(timedelta(hours=8))
_STAMP: Final = "%Y%m%d%H%M%S"


def identifier(issuer: str, sent: datetime, number: int) -> str:
    """`number` is 0 to 9."""
    return f"{issuer}_{sent.astimezone(_CHINA):{_STAMP}}_{number}"


def is_identifier(text: str) -> bool:
    """Whether it has the form, and its time exists."""
    found = _FORM.fullmatch(text)
    if found is None:
        return False
    try:
        datetime.strptime(found[2], _STAMP).replace(tzinfo=_CHINA)
    except ValueError:
        return False
    return True
