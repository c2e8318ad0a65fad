"""Whether a street is read that no table has: known ones are exchanged for invented ones, by lot.

    python -m lab.judging.unknown_streets [SET …] [--seed N]

Sets as `lab.judging.sets` has them; only reports in Mandarin that name a street of the gazetteer.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from cases.drafting import FieldName
from cases.gazetteer import load_gazetteer
from cases.gazetteer.sound import is_chinese
from lab.corpora.calls import open_sets
from lab.judging.conversation import draft_of
from lab.judging.judge import Mark, judge

STEMS = (
    "云麓", "春晖", "福祉", "锦川", "汇龙", "乾元", "瑞祥", "宁波", "青松", "柳林", "凤凰", "建业",
    "育英", "安居", "滨河", "南棵", "东风", "长虹", "大同", "新业", "平盛", "兴业", "光复", "河曲",
)  # fmt: skip
_KINDS = ("大街", "大道", "街", "路", "道", "巷")
_FIELDS = (FieldName.ADDRESS.value, FieldName.CROSSING.value)


@lru_cache(maxsize=1)
def _streets() -> re.Pattern[str]:
    places = [place for place in load_gazetteer().places if place.kind == "street"]
    names = {name for place in places for name in (place.name_zh, *place.aliases) if is_chinese(name)}
    return re.compile("|".join(sorted(names, key=lambda name: (-len(name), name))))


def exchanged(report: Mapping[str, Any], lot: random.Random) -> Mapping[str, Any] | None:
    """The report with other streets in its turns and its answer; None where it names none."""
    stems, names = lot.sample(STEMS, len(STEMS)), dict[str, str]()

    def other(match: re.Match[str]) -> str:
        kind = next(kind for kind in _KINDS if match[0].endswith(kind))
        return names.setdefault(match[0], stems[len(names) % len(stems)] + kind)

    turns = [_streets().sub(other, turn) for turn in report["turns"]]
    if not names:
        return None
    place = report["expect"]["place"]
    written = [_streets().sub(other, text) for text in place["written"]]
    return {
        **report,
        "turns": turns,
        "expect": {**report["expect"], "place": {**place, "written": written}},
    }


def places(reports: Sequence[Mapping[str, Any]], seed: int) -> Counter[tuple[str, bool]]:
    """How often each row of places was a hit and not."""
    out: Counter[tuple[str, bool]] = Counter()
    for report in reports:
        other = exchanged(report, random.Random(f"{seed} {report['id']}"))
        if other is not None and report["language"] == "zh":
            out.update(
                (one.row, one.hit) for one in judge(other, draft_of(other), proofs=False) if _is_of(one)
            )
    return out


def _is_of(mark: Mark) -> bool:
    return mark.row in {"street", "place"} or (mark.row == "wrong_but_sure" and mark.what in _FIELDS)


def main() -> int:
    known = open_sets()
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("sets", nargs="*", metavar="SET", choices=[*known, []], help=" ".join(known))
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    found = places([one for name in chosen.sets or known for one in known[name].reports], chosen.seed)
    for row in ("street", "place", "wrong_but_sure"):
        print(f"{row:16}{found[row, True]:>6} of {found[row, True] + found[row, False]}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
