"""The typeface of a printed case: one with Chinese that is embedded, else the one that every reader brings.

reportlab embeds TrueType outlines, and of them only the glyphs that are used. Debian's `fonts-wqy-microhei`
(Apache-2.0) has them; Noto's CJK faces have CFF outlines, which it does not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont

from core.log import logger

_log = logger("cases")

USUAL: Final = (
    Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"),
    Path("/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf"),
    Path("/usr/share/fonts/truetype/arphic/uming.ttc"),
)
NOT_EMBEDDED: Final = "STSong-Light"
"""Adobe's name of a Chinese face that is not in the file: readers put their own in its place."""


@lru_cache(maxsize=4)
def font_name(own: Path | None = None, usual: Sequence[Path] = USUAL) -> str:
    """The name under which reportlab knows the first of these faces that can be read; looked for once."""
    for file in (*((own,) if own else ()), *usual):
        if not file.is_file():
            continue
        try:
            pdfmetrics.registerFont(TTFont(file.stem, file))
        except (TTFError, OSError) as error:
            _log.warning("a typeface cannot be used", file=str(file), error=type(error).__name__)
            continue
        return str(file.stem)
    pdfmetrics.registerFont(UnicodeCIDFont(NOT_EMBEDDED))
    return NOT_EMBEDDED
