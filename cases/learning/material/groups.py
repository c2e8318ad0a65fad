"""Which cases belong together, and which are set aside for comparison. Pure and the same every time.

Whatever is tied stays on one side: a repeat of a case that was trained on would flatter the new weights.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from uuid import UUID

from cases.learning.material.model import Tie

ONE_IN = 5
"""One group in so many is set aside. Never change it: what was set aside would be trained on."""
_SALT = b"songhua: set aside for comparison\n"


def groups(ties: Mapping[UUID, Iterable[Tie]]) -> dict[UUID, UUID]:
    """The first case of each case's group: cases are in one when they are tied, also through others.

    The first is the smallest id, and ids rise with time: who comes later changes nobody's group but by tying
    two of them together.
    """
    root: dict[object, object] = {}

    def find(one: object) -> object:
        root.setdefault(one, one)
        while root[one] != one:
            root[one] = root[root[one]]
            one = root[one]
        return one

    for case_id, tied in ties.items():
        for tie in (("case", case_id), *tied):
            root[find(tie)] = find(("case", case_id))
    first: dict[object, UUID] = {}
    for case_id in ties:
        at = find(("case", case_id))
        first[at] = min(first.get(at, case_id), case_id)
    return {case_id: first[find(("case", case_id))] for case_id in ties}


def set_aside(group: UUID) -> bool:
    """True for one group in `ONE_IN`, by the hash of its first case's id."""
    return int.from_bytes(hashlib.sha256(_SALT + group.bytes).digest()[:8]) % ONE_IN == 0
