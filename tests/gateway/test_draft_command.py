"""`songhua draft` and `songhua transcribe`: documents that keep to their schema, and errors that help."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

from cases.drafting.expectation import KEYS
from cases.drafting.model import Draft, FieldName
from cases.room import Knowledge, knowledge
from cases.settings import CasesSettings
from core.errors import Invalid
from core.ids import uuid7
from gateway.cli import build
from gateway.recorded import hearing
from gateway.recorded.documents import DraftDocument, Segment
from gateway.recorded.drafted import MOST_TEXT, drafted, segments_of_text
from speech.recorded import transcription
from tests.gateway.documents import DOCUMENTS, SCHEMAS, schema
from tests.speech.fakes import OBEDIENT, PROMPTS
from tests.speech.recorded.files import pcm16, riff, tone, written

REPORT = "你好，南岗区学府路和保健路的路口，井盖不见了。"
FIRE = "c: 快来人，道里区友谊路九十九号着火了\na: 里面有人吗\nc: 有人"


def songhua(*words: str | Path, given: str | bytes | None = None) -> Result:
    subject = str(words[0])
    return CliRunner().invoke(build([subject, "config"]), [str(word) for word in words], input=given)


def drafted_by(*words: str | Path, given: str | bytes | None = None) -> dict[str, Any]:
    result = songhua("draft", *words, "--json", given=given)
    assert result.exit_code == 0, result.stderr
    document: dict[str, Any] = json.loads(result.stdout)
    Draft202012Validator(json.loads((SCHEMAS / "draft.json").read_text(encoding="utf-8"))).validate(document)
    return document


@pytest.fixture(scope="module")
def known() -> Knowledge:
    return knowledge(CasesSettings())


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_schema_in_docs_is_the_one_of_the_code(name: str) -> None:
    kept = json.loads((SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(kept)
    assert kept == schema(name), "python -m tests.gateway.documents"


def test_a_draft_says_what_it_is_and_which_words_it_stands_on() -> None:
    made = drafted_by("--text", REPORT)
    assert set(KEYS) <= set(made)
    category = made["category"]
    assert (category["scheme"], category["version"], category["code"][0]) == ("gbt30428.2", "2013", "P")
    assert category["name"] == category["value"]
    assert (made["district"]["value"], made["district"]["code"]) == ("南岗区", "230103")
    assert (made["address"]["value"], made["address"]["kind"]) == ("学府路与保健路交口", "crossing")
    assert made["intent"]["value"] == "report"
    for key in KEYS:
        for one in made[key]["evidence"]:
            assert one["words"] == REPORT[one["start"] : one["end"]] != ""


def test_its_values_are_an_expectation_that_the_same_draft_meets(known: Knowledge) -> None:
    made = drafted_by("--text", FIRE)
    wanted = {key: made[key]["value"] for key in KEYS}
    draft = Draft(draft_id=uuid7())
    from cases.drafting.model import SpokenSegment

    for one in made["segments"]:
        spoken = SpokenSegment(segment_id=one["segment"], speaker=one["speaker"], text=one["text"])
        draft, _ = known.drafter.apply(draft, spoken)
    assert all(line.agrees for line in known.comparison.compare(wanted, draft))
    assert made["handoff"]["value"] == "119"
    assert made["alarms"][0]["number"] == "119"
    assert made["urgent"] | {"evidence": [], "confidence": 1, "shown": "sure"} == {
        "value": True, "level": "danger", "evidence": [], "confidence": 1, "shown": "sure", "runner_up": None,
        "others": [], "detail": {},
    }  # fmt: skip


FULL = (
    "我姓王，电话13904510001。从昨天晚上开始，南岗区学府路和保健路的路口，两个井盖不见了。"
    "还有，道里区友谊路九十九号的路灯不亮了。"
)


def test_every_field_of_a_desks_draft_is_printed_with_its_parts_and_words(known: Knowledge) -> None:
    made = drafted_by("--text", FULL)
    named = {"urgency": "urgent"}
    for field in FieldName:
        assert named.get(field.value, field.value) in made, field
    assert (made["count"]["value"], made["callback"]["value"]) == ("2", "13904510001")
    assert made["time"]["value"] == made["time"]["detail"]["said"] == "从昨天晚上开始"
    assert made["crossing"]["value"] == "学府路与保健路交口"
    for key in ("time", "count", "callback", "caller"):
        assert made[key]["evidence"], key
        for one in made[key]["evidence"]:
            assert one["words"] == made["segments"][0]["text"][one["start"] : one["end"]] != ""
    assert made["count"]["detail"]["said"] in FULL
    (other,) = made["additional_problems"]
    assert other["name"] == known.catalogues.by_ref(other["value"]).name_zh
    assert other["evidence"]


def test_the_department_of_the_class_is_printed_in_both_languages() -> None:
    department = drafted_by("--text", "道里区友谊路99号门前的垃圾没人收")["department"]
    assert department["value"] == "市容环境卫生行政主管部门"
    assert department["detail"]["name_en"] == "City appearance and sanitation authority"
    assert department["evidence"]


def test_what_else_was_heard_is_shown_where_there_is_any() -> None:
    shown = songhua("draft", "--text", FULL)
    assert shown.exit_code == 0, shown.stderr
    assert "13904510001" in shown.stdout
    assert "another problem: " in shown.stdout
    bare = songhua("draft", "--text", "谢谢，再见")
    assert "callback" not in bare.stdout
    assert "another problem" not in bare.stdout


def test_text_comes_from_stdin_with_a_speaker_on_each_line() -> None:
    made = drafted_by("--text", "-", given="市民：井盖不见了\n坐席：在什么位置\n\nagent: hello\n在南岗区")
    assert [(one["segment"], one["speaker"], one["text"]) for one in made["segments"]] == [
        ("s1", "citizen", "井盖不见了"),
        ("s2", "agent", "在什么位置"),
        ("s3", "agent", "hello"),
        ("s4", "citizen", "在南岗区"),
    ]


def test_nothing_to_fill_is_no_failure() -> None:
    made = drafted_by("--text", "谢谢，再见")
    assert made["category"]["value"] is None
    assert made["category"]["code"] is None
    assert made["urgent"]["value"] is False


def test_words_of_a_caller_are_never_markup_for_the_terminal() -> None:
    shown = songhua("draft", "--text", "[bold red]井盖不见了[/bold red] \x1b]0;title\x07着火了")
    assert shown.exit_code == 0, shown.stderr
    assert "[bold red]井盖不见了[/bold red]" in shown.stdout
    assert "\x1b" not in shown.stdout


@pytest.mark.parametrize(
    ("words", "given", "code", "says"),
    [
        (["draft"], None, 2, "either"),
        (["draft", "--text", "a", "--audio", "b"], None, 2, "either"),
        (["draft", "--text", " \n "], None, 1, "empty"),
        (["draft", "--text", "-"], b"\xff\xfe\xb0", 1, "UTF-8"),
        (["draft", "--text", "-"], "好" * (MOST_TEXT + 1), 1, "more than"),
        (["draft", "--text", "x", "--config", "/no/such.toml"], None, 3, "cannot be read"),
        (["draft", "--audio", "/no/such.wav"], None, 1, "No such file"),
        (["transcribe", "/no/such.wav"], None, 1, "No such file"),
        (["transcribe", str(Path(__file__))], None, 1, "remedy"),
        (["transcribe", "x.wav", "--language", "fr"], None, 2, ""),
    ],
)
def test_each_failure_has_its_exit_code_and_says_what_to_do(
    words: list[str], given: str | bytes | None, code: int, says: str
) -> None:
    result = songhua(*words, given=given)
    assert result.exit_code == code, result.output
    assert says in result.stderr.replace("\n", " ")
    assert not isinstance(result.exception, (ValueError, OSError))


def test_a_missing_engine_or_model_names_the_remedy(tmp_path: Path) -> None:
    sound = PROMPTS / "zh" / "please-hold.wav"
    nobody = songhua("transcribe", sound, "--engine", "telepathy")
    assert (nobody.exit_code, "vosk, whisper" in nobody.stderr) == (1, True)
    absent = songhua("transcribe", sound, "--model", tmp_path / "absent")
    assert (absent.exit_code, "songhua speech models add" in absent.stderr) == (1, True)


@pytest.fixture
def two_speak(tmp_path: Path) -> Path:
    """The citizen speaks a prompt, and behind it the agent another, at 16 kHz in two channels."""
    import wave

    import numpy as np

    signals = []
    for name in ("zh/please-hold", "zh/transferring"):
        with wave.open(str(PROMPTS / f"{name}.wav")) as file:
            signals.append(np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768)
    first, second = signals
    gap = np.zeros(8000)
    citizen = np.concatenate([first, gap, 0 * second, gap])
    agent = np.concatenate([0 * first, gap, second, gap])
    return written(
        tmp_path / "two.wav", riff(pcm16(citizen.repeat(2), agent.repeat(2)), rate=16000, channels=2)
    )


def test_a_file_of_two_speakers_becomes_a_transcript_and_a_draft(two_speak: Path) -> None:
    options = ("--engine", OBEDIENT, "--model", str(two_speak.parent), "--language", "zh")
    result = songhua("transcribe", two_speak, *options, "--json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    Draft202012Validator(json.loads((SCHEMAS / "transcript.json").read_text())).validate(document)
    assert document["channels"] == 2
    speakers = [one["speaker"] for one in document["segments"]]
    assert speakers == sorted(speakers, reverse=True)
    assert set(speakers) == {"citizen", "agent"}
    starts = [one["start_s"] for one in document["segments"]]
    assert starts == sorted(starts)
    made = drafted_by("--audio", two_speak, *options)
    assert [one["speaker"] for one in made["segments"]] == speakers


def test_a_file_in_which_nobody_speaks_has_no_segment(tmp_path: Path) -> None:
    sound = written(tmp_path / "tone.wav", riff(pcm16(tone(450, 3, 8000))))
    result = songhua("transcribe", sound, "--engine", OBEDIENT, "--model", str(tmp_path), "--json")
    assert (result.exit_code, json.loads(result.stdout)["segments"]) == (0, [])


def test_an_engine_that_fails_leaves_a_gap_and_its_own_exit_code(
    two_speak: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> transcription.TranscriptionOptions:
        return transcription.TranscriptionOptions(language="zh", hints={"zh": ("fail",)})

    monkeypatch.setattr(hearing, "hearing_for", failing)
    options = ("--engine", OBEDIENT, "--model", str(two_speak.parent), "--language", "zh", "--json")
    result = songhua("transcribe", two_speak, *options)
    assert result.exit_code == 4, result.stderr
    document = json.loads(result.stdout)
    assert document["segments"] == []
    assert {one["reason"] for one in document["gaps"]} == {"engine"}


@given(st.text(max_size=300))
def test_any_text_becomes_segments_whose_words_were_all_given(text: str) -> None:
    try:
        found = segments_of_text(text)
    except Invalid:
        found = []
    assert all(one.text.strip() == one.text != "" for one in found)
    assert all(one.text in text for one in found)


@given(st.integers(1, 9000))
def test_a_long_line_becomes_several_segments_and_loses_nothing(length: int) -> None:
    text = ("井盖不见了。" * (length // 6 + 1))[:length]
    found = segments_of_text(text)
    assert "".join(one.text for one in found) == text
    assert all(len(one.text) <= 2000 for one in found)


WORDS = st.sampled_from(
    ["井盖", "南岗区", "学府路", "不见了", "着火了", "set category to E0101", "<b>", "，", "\ud7ff", "不是"]
)


@given(said=st.lists(st.tuples(st.booleans(), st.lists(WORDS, min_size=1, max_size=6)), max_size=4))
def test_every_word_of_the_evidence_was_said(known: Knowledge, said: list[tuple[bool, list[str]]]) -> None:
    segments = [
        Segment(segment=f"s{number}", speaker="citizen" if one else "agent", text="".join(words))
        for number, (one, words) in enumerate(said)
    ]
    made: DraftDocument = drafted(known, segments)
    texts = {one.segment: one.text for one in segments}
    for key in KEYS:
        held = getattr(made, key)
        assert bool(held.evidence) or held.value in (None, False)
        for one in held.evidence:
            assert one.words == texts[one.segment][one.start : one.end] != ""
