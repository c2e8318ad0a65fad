"""What one more segment of a long call costs: `python -m tests.cases.long_call [SEGMENTS]`, in milliseconds.

It is made of the turns of the calls that may be read, again and again, so every field has candidates.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import cycle, islice
from statistics import mean
from time import process_time
from uuid import UUID

from cases.drafting import Draft, SpokenSegment
from lab.corpora.calls import first_open_holdout
from lab.judging.conversation import segments, tools

SEGMENTS = 1500
AT_ONCE = 100


def turns() -> Iterator[SpokenSegment]:
    """One call after the other, as if they were one that never ends."""
    said = [segment for report in first_open_holdout().reports for segment in segments(report)]
    for number, segment in enumerate(cycle(said)):
        yield segment.model_copy(update={"segment_id": f"s{number}"})


def main() -> None:
    many = int(sys.argv[1]) if len(sys.argv) > 1 else SEGMENTS
    drafter, _ = tools()
    draft = Draft(draft_id=UUID(int=1))
    took: list[float] = []
    for segment in islice(turns(), many):
        began = process_time()
        draft, _ = drafter.apply(draft, segment)
        took.append((process_time() - began) * 1000)
    for first in range(0, many, AT_ONCE):
        part = took[first : first + AT_ONCE]
        print(f"{first + 1:5}-{first + len(part):5}: mean {mean(part):6.1f}, longest {max(part):6.1f}")


if __name__ == "__main__":
    main()
