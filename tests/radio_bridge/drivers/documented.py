"""What `docs/radio.md` says of a network."""

from __future__ import annotations

from field.contract.capabilities import Can
from tests.peers.checkout import CHECKOUT


def documented(network: str) -> dict[str, bool]:
    """Its column of the table of capabilities, by capability."""
    text = (CHECKOUT / "docs" / "radio.md").read_text(encoding="utf-8")
    rows = [
        [cell.strip() for cell in line.strip("| ").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    (head,) = (row for row in rows if row[0] == "capability")
    place = head.index(f"`{network}`")
    known = {can.value for can in Can}
    return {row[0].strip("`"): row[place] == "yes" for row in rows if row[0].strip("`") in known}
