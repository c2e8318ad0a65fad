"""What `songhua cases merge`, `split` and `link` say, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from core.translation import Translatable
from core.translation import gettext_lazy as _

WORDS: Final[Mapping[str, Translatable]] = {
    "merged": _("{other} goes on for {number}"),
    "unmerged": _("{number} is on its own again"),
    "split": _("{other} was split from {number}"),
    "linked": _("{number} and {other} are related"),
    "unlinked": _("{number} and {other} are not related any more"),
}
