"""Sets values in the annotated example, whose other lines and comments stay. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final

Value = str | bool | int | list[str]
_HEADER: Final = re.compile(r"^(?P<off># )?(?P<words>\[{1,2}(?P<name>[\w.]+)\]{1,2})(?P<rest>.*)$")
_KEY: Final = re.compile(r"^(?:# )?(?P<key>\w+) = (?P<rest>.*)$")
_COMMENT: Final = re.compile(r"\s{2,}#\s.*$")
COLUMN: Final = 40


def with_values(text: str, values: Mapping[tuple[str, str], Value]) -> str:
    """The first line of a section that has the key gets the value, whether it was commented out or not; so
    is its section. The section of what stands above all of them is "".

    Raises `KeyError` for a key that the text does not have.
    """
    left = dict(values)
    wanted = {section for section, _ in values}
    section, on, lines = "", True, []
    for line in text.split("\n"):
        header = _HEADER.match(line)
        found = _KEY.match(line)
        shown = line
        if header:
            section = header["name"]
            on = not header["off"] or section in wanted
            shown = header["words"] + header["rest"] if on else line
        elif found and on and (section, found["key"]) in left:
            shown = _line(found["key"], left.pop((section, found["key"])), found["rest"])
        lines.append(shown)
    if left:
        raise KeyError(f"the example has no {', '.join('.'.join(one) for one in left)}")
    return "\n".join(lines)


def _line(key: str, value: Value, rest: str) -> str:
    comment = _COMMENT.search(rest)
    set_to = f"{key} = {json.dumps(value, ensure_ascii=False)}"
    return f"{set_to:<{COLUMN - 1}} {comment[0].strip()}" if comment else set_to
