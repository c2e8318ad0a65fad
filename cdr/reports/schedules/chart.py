"""A chart of a report as a PNG: bars with their values. Its own labels are digits and ids; words stand in the
mail, because a mail reader has no typeface of ours.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 720, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 14, 40
_INK, _GRID, _BAR, _BACK = "#1c2733", "#d5dce3", "#1f5fae", "#ffffff"
_STEPS: Final = 4
_LEAST_APART: Final = 8
"""Pixels between two labels."""


@dataclass(frozen=True, slots=True)
class Bar:
    """`value` is None where nothing is known: a gap."""

    label: str
    value: float | None


def bars(values: Sequence[Bar], *, share: bool = False) -> bytes:
    """PNG bytes. `share`: values are 0 to 1 and the scale is 0 to 100 %."""
    image = Image.new("RGB", (WIDTH, HEIGHT), _BACK)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(12)
    top = 1.0 if share else _top(max((one.value or 0.0 for one in values), default=0.0))
    plot = HEIGHT - _TOP - _BOTTOM
    for step in range(_STEPS + 1):
        y = _TOP + plot - round(plot * step / _STEPS)
        draw.line((_LEFT, y, WIDTH - _RIGHT, y), fill=_GRID)
        draw.text((_LEFT - 6, y), _number(top * step / _STEPS, share=share), _INK, font, anchor="rm")
    slot = (WIDTH - _LEFT - _RIGHT) / max(1, len(values))
    free = 0.0
    for place, one in enumerate(values):
        left = _LEFT + place * slot
        if one.value is not None:
            high = round(plot * min(1.0, one.value / top)) if top else 0
            box = (left + slot * 0.15, _TOP + plot - high, left + slot * 0.85, _TOP + plot)
            draw.rectangle(box, fill=_BAR)
        width = draw.textlength(one.label, font)
        begin = min(left + slot / 2 - width / 2, WIDTH - _RIGHT - width)
        if begin >= free:
            draw.text((begin, _TOP + plot + 8), one.label, _INK, font)
            free = begin + width + _LEAST_APART
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _top(most: float) -> float:
    """The end of the scale: 1, 2 or 5 times a power of ten, so that its quarters are short numbers."""
    if most <= 0:
        return 1.0
    size = 1.0
    while size * 10 < most:
        size *= 10
    while size >= most * 10:
        size /= 10
    return next(size * factor for factor in (1, 2, 4, 8, 10) if size * factor >= most)


def _number(value: float, *, share: bool) -> str:
    return f"{value * 100:.0f} %" if share else f"{value:g}"
