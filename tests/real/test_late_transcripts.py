"""More calls than there is room for: nobody notices, the desk is told, and the words come after the call."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.peers import audio
from tests.peers.checkout import CHECKOUT
from tests.real.service import WholeService
from tests.speech.fakes import OBEDIENT
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.hears, pytest.mark.timeout(300)]

VOICE = CHECKOUT / "tests" / "audio" / "caller_zh.wav"


def test_a_call_that_was_shed_has_its_words_afterwards_from_the_recording(tmp_path: Path) -> None:
    speech = {"engine": OBEDIENT, "model": str(tmp_path), "max_streams": 2, "announce_every": 1.0}
    late = {
        "late_poll_s": 1.0,
        "late_shortest_s": 2.0,
        "recordings_key_file": str(tmp_path / "recordings.key"),
    }
    with WholeService(tmp_path, overrides={"speech": speech, "cdr": late}) as city:
        city.service.run("cdr", "init-key")
        voice = audio.to_ulaw(VOICE, tmp_path / "voice.ulaw")
        first = city.dial(speech=voice)
        heard = city.talking(first)
        wait_for(lambda: city.metric("songhua_hotline_taps_running") == 2, "taps of the first call")
        second = city.dial(speech=voice)
        shed = city.talking(second)
        wait_for(lambda: city.metric("songhua_hotline_taps_unheard") == 2, "legs that nobody hears")
        wait_for(lambda: words(city, heard), "words of the first call", 40)
        assert words(city, shed) == []
        second.hang_up()
        wait_for(lambda: gaps(city, shed), "marked gaps")
        # While the first call speaks, its words come first; the gaps are filled all the same.
        city.hang_up_all(first)
        try:
            wait_for(lambda: states(city, shed) == {"filled"}, "filled gaps", 150)
        finally:
            print(gaps(city, shed), city.service.program.tail(20))
        late_words = [one for one in words(city, shed) if one["speaker"] == "citizen"]
        assert late_words
        assert all(one["late"] for one in late_words)
        marked = {gap["segment_id"]: gap for gap in gaps(city, shed)}
        for one in late_words:
            assert one["segment_id"] in marked[one["gap_id"]]["filled_by"]
            gap = marked[one["gap_id"]]
            said = moment(one) - moment(gap)
            assert 0 <= said <= gap["end_s"] - length(one) + 0.5
        listened = city.ask_database(
            "SELECT count(*) FROM identity_audit WHERE actor = 'system:late-transcripts'"
        )
        assert listened[0][0] > 0


def words(city: WholeService, call: str) -> list[dict[str, Any]]:
    return [one for one in city.transcript(call)["segments"] if one["text"]]


def gaps(city: WholeService, call: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = city.transcript(call)["gaps"]
    return found


def states(city: WholeService, call: str) -> set[str | None]:
    return {gap["filling"] for gap in gaps(city, call)}


def moment(one: dict[str, Any]) -> float:
    return datetime.fromisoformat(one["started_at"]).timestamp()


def length(segment: dict[str, Any]) -> float:
    return float(segment["end_s"] - segment["start_s"])
