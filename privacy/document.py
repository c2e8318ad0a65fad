"""docs/personal-data.md, from the inventory. Pure."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Final

from privacy.inventory import OUTSIDE, TABLES
from privacy.model import ErasureMethod, OutsideLine, Period, TableLine, Whose

_HEAD: Final = """# Personal data

<!-- Written by `python -m privacy.document`; a test keeps it. Change `privacy/inventory/`. -->

For whoever answers for data protection: which personal data Songhua keeps, why, for how long, who sees
it, and what an erasure does. [erasure.md](erasure.md): how to forget a person, and tell one what is kept.

The inventory lists each column of the database, as personal or not; a test fails where one is missing.
User ids in many tables say who is responsible for an act; `identity_user` has their names.

An erasure does one of these to a column in which the number stands:

| word | what is done |
|---|---|
"""
_WAYS = {
    ErasureMethod.SEALED: "all personal columns of the row are emptied, the salt of their digests is thrown"
    " away; the "
    "chain stays verifiable",
    ErasureMethod.RESEALED: "the number is taken out, the row gets a further entry in the chain",
    ErasureMethod.CLEARED: "the value is emptied",
    ErasureMethod.GOES_ALONG: "the value is emptied, also where a cleared column of the row has the number",
    ErasureMethod.MASKED: "the number is taken out of the text, the rest stays",
    ErasureMethod.DELETED: "the row is deleted",
    ErasureMethod.KEPT: "nothing: it is a crew's or a colleague's and ends with the unit or account",
}


def page() -> str:
    named = [line for line in TABLES if line.whose is not Whose.NOBODY]
    ways = "".join(f"| {way} | {text} |\n" for way, text in _WAYS.items())
    return (
        f"{_HEAD}{ways}\n## In the database\n\n{_tables(named)}\n"
        f"## Outside the database\n\n{_outside(OUTSIDE)}\n"
        f"## Tables without personal data\n\n{_plain(TABLES)}"
    )


def _tables(lines: Sequence[TableLine]) -> str:
    rows = [
        "| table | whose | why | how long | shown | column: what, and how it is erased |",
        "|---|---|---|---|---|---|",
    ]
    for line in lines:
        held = "; ".join(f"`{one.column}`: {one.what}, {one.way}" for one in line.personal) or "–"
        cells = (f"`{line.table}`", line.whose, line.why, _kept(line.kept), line.shown or "–", held)
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def _outside(lines: Iterable[OutsideLine]) -> str:
    rows = ["| place | whose | what | why | how long | erased |", "|---|---|---|---|---|---|"]
    rows += [
        f"| {one.place} | {one.whose} | {one.what} | {one.why} | {_kept(one.kept)} | {one.erased} |"
        for one in lines
    ]
    return "\n".join(rows) + "\n"


def _plain(lines: Iterable[TableLine]) -> str:
    return "".join(f"- `{one.table}`: {one.why}\n" for one in lines if one.whose is Whose.NOBODY)


def _kept(kept: Period) -> str:
    more = ", ".join([*([f"`{kept.setting}`"] if kept.setting else []), *([kept.by] if kept.by else [])])
    return f"{kept.how_long} ({more})" if more else kept.how_long


if __name__ == "__main__":
    sys.stdout.write(page())
