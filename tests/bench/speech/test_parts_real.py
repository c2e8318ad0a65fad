"""Each part of the bench once and small, on real peers: that it measures what it says. No figure comes from
here. `scripts/test` runs one of them; how the others judge what they measured is tested beside this file.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.bench.speech import latency, overload, taps
from tests.bench.speech.streams import Loops, Pipeline

pytestmark = [pytest.mark.real, pytest.mark.timeout(400)]


@pytest.mark.parametrize(
    "engine",
    [
        "vosk",
        pytest.param(
            "whisper",
            marks=[
                pytest.mark.alone,
                pytest.mark.soak(
                    rule="the bench compares whisper alone and in the pipeline on the same sentences",
                    short="tests/bench/speech/test_parts_real.py::"
                    "test_bare_engine_and_own_pipeline_work_on_the_same_sentences",
                ),
            ],
        ),
    ],
)
def test_bare_engine_and_own_pipeline_work_on_the_same_sentences(engine: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        bare = Loops(tmp_path, engine, 1, stack).run(3.0)
        pipeline = Pipeline(tmp_path, engine, 1, stack, partials=False)
        # On a machine that is busy with others the first sentence takes its time.
        for seconds in (12.0, 24.0, 48.0):
            own = pipeline.run(1, seconds)
            if own.heard:
                break
    assert bare.speech_s > 1
    assert bare.cpu_s > 0
    assert len(own.heard) >= 1
    assert own.refused == 0
    assert all(one.whole and one.done is not None and one.seconds > 0.3 for one in own.heard)
    assert 3 < own.speech_s < seconds + 2
    assert 0 < own.server_s < own.cpu_s


@pytest.mark.alone
@pytest.mark.soak(
    rule="the bench times each word from the mouth to the desk, on the whole service",
    short=[
        "tests/bench/speech/test_delays.py::test_a_piece_of_what_was_said_is_found_again_through_the_coder",
        "tests/bench/speech/test_delays.py::test_a_word_is_shown_as_soon_as_the_text_is_long_enough_for_it",
    ],
)
def test_words_are_timed_from_the_mouth_to_the_desk(tmp_path: Path) -> None:
    found = latency.vosk(tmp_path, 1.0)
    assert found["troubles"] == []
    assert found["calls"] == latency.CALLERS
    assert found["utterances"] > found["unplaced"]
    assert found["words_lost"] < found["word_to_partial_s"]["n"] / 2
    assert found["word_to_partial_s"]["n"] > 3
    assert found["word_to_partial_s"]["p50"] > 0
    assert 0 <= found["stamp_off_s"]["worst"] < 1, "what was said is taken for something else"


@pytest.mark.alone
@pytest.mark.soak(
    rule="the bench times the engine alone on the same words",
    short=[
        "tests/bench/speech/test_delays.py::test_the_final_shows_what_no_partial_did",
    ],
)
def test_the_engine_alone_is_timed_on_the_same_words(tmp_path: Path) -> None:
    late = latency.vosk_alone(tmp_path)
    assert len(late) > 30
    assert max(late) > 0.1, "no word is text before its sound was worked on"
    assert sorted(late)[len(late) // 2] < 5


@pytest.mark.alone
@pytest.mark.soak(
    rule="the bench times sentences and drafts, on the whole service",
    short=[
        "tests/bench/speech/test_delays.py::test_each_final_is_timed_from_the_end_of_its_sentence",
        "tests/bench/speech/test_delays.py::test_a_draft_is_complete_with_its_last_change",
    ],
)
def test_sentences_and_drafts_are_timed_from_the_mouth_to_the_desk(tmp_path: Path) -> None:
    found = latency.whisper(tmp_path, 1.0)
    assert found["troubles"] == []
    assert found["sentence_to_final_s"]["n"] >= 3
    assert found["sentence_to_final_s"]["p50"] > 0.5, "the gate alone waits for longer than that"
    assert found["drafts"] >= 1


@pytest.mark.alone
@pytest.mark.soak(
    rule="the bench puts taps on real calls, counts them and listens to the calls",
    short=[
        "tests/bench/speech/test_taps.py::test_steps_go_on_until_one_is_not_clean_or_the_machine_is_full",
        "tests/real/test_tap_filter.py::test_a_tap_is_heard_by_its_server_and_not_by_the_gateway",
    ],
)
def test_a_step_of_taps_is_counted_and_its_calls_are_listened_to(tmp_path: Path) -> None:
    found = taps.taps(tmp_path, [6], as_units=False)
    (level,) = found["levels"]
    assert (level["taps"], level["running"], level["calls"]) == (6, 6, 3)
    assert level["tone"] > 0.5
    assert level["switch_cores"] > 0


@pytest.mark.alone
@pytest.mark.soak(
    rule="the bench offers three times what a speech node takes, and sees who is heard",
    short=[
        "tests/bench/speech/test_telling.py::test_an_overload_that_went_as_it_must_reaches_every_goal",
        "tests/real/test_late_transcripts.py::test_a_call_that_was_shed_has_its_words_afterwards_from_the_recording",
    ],
)
def test_an_overload_is_seen_from_its_begin_to_the_words_after_it(tmp_path: Path) -> None:
    found = overload.overload(tmp_path, overload.SHORT_S)
    assert found["taps_running"] == found["asked"]["streams"]
    assert len(found["calls"]) == found["asked"]["calls"]
    assert found["first_calls_heard"] == overload.HEARD
    assert found["same_processes"]
    assert len(found["without_taps"]) == found["asked"]["calls"]
    assert all(one["tone"] > 0.5 for one in found["without_taps"])
    assert overload.tell(found)
