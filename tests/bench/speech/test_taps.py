"""Which of the steps is the last, and how many taps were clean."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench.speech import taps
from tests.bench.speech.taps import FULL, Level, most_clean, why
from tests.peers.program import PeerFailed

GOOD = Level(
    asked=10, running=10, calls=5, failed=0, unheard=0.0, worst_gap_s=0.03, tone=0.99, switch_cores=0.1,
    centre_cores=0.1, node_cores=0.1, busy=20.0,
)  # fmt: skip


def test_steps_go_on_until_one_is_not_clean_or_the_machine_is_full() -> None:
    assert not GOOD.is_last
    for bad in (
        replace(GOOD, unheard=0.01),
        replace(GOOD, tone=0.9),
        replace(GOOD, failed=1),
        replace(GOOD, running=9),
    ):
        assert not bad.clean
        assert bad.is_last
    full = replace(GOOD, busy=FULL)
    assert full.clean
    assert full.is_last


def test_a_step_that_sets_up_no_call_leaves_those_before_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def one_level(_stage: object, _folder: Path, asked: int, _wanted: int) -> Level:
        if asked > 20:
            raise PeerFailed("no tone that comes back within 20 s")
        return replace(GOOD, asked=asked, running=asked)

    monkeypatch.setattr(taps, "one_level", one_level)
    monkeypatch.setattr(taps, "staged", lambda *_: nullcontext())
    found = taps.taps(tmp_path, [10, 20, 40, 80], as_units=False)
    assert [level["taps"] for level in found["levels"]] == [10, 20]
    assert found["most_clean"] == 20
    assert taps.tell(found)[-1] == "not measured: 40 taps: no tone that comes back within 20 s"
    with pytest.raises(PeerFailed):
        taps.taps(tmp_path, [40], as_units=False)


def test_what_is_clean_counts_up_to_the_first_that_is_not() -> None:
    more, bad = replace(GOOD, asked=20, running=20), replace(GOOD, asked=40, running=40, tone=0.5)
    assert most_clean([GOOD, more, bad]) == 20
    assert most_clean([bad]) == 0
    assert most_clean([GOOD, bad, more]) == 10


def test_the_end_has_its_reason() -> None:
    assert why(replace(GOOD, tone=0.5)) == "the tone was not clean"
    assert why(replace(GOOD, failed=2)) == "calls failed"
    assert why(replace(GOOD, running=4)) == "not all taps came up"
    assert why(replace(GOOD, busy=99.0)) == "the machine was full"
    assert why(GOOD) == "the last step was clean"
