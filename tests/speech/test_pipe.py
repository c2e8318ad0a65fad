"""The pipe between server and worker: whole messages from any pieces, nonsense is told as nonsense."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.engines.port import Expected, Hypothesis
from speech.workers import pipe
from speech.workers.pipe import PipeDecoder, PipeError, PipeMessage, PipeMessageKind

MESSAGES = st.lists(
    st.builds(
        PipeMessage, st.sampled_from(PipeMessageKind), st.integers(0, 2**32 - 1), st.binary(max_size=300)
    ),
    max_size=10,
)


@given(MESSAGES, st.integers(1, 64))
def test_messages_survive_any_split(messages: list[PipeMessage], size: int) -> None:
    wire = b"".join(map(pipe.encode, messages))
    decoder = PipeDecoder()
    got = [m for at in range(0, len(wire), size) for m in decoder.feed(wire[at : at + size])]
    assert got == messages


@given(st.binary(max_size=500))
def test_any_bytes_are_messages_or_a_pipe_error(data: bytes) -> None:
    try:
        for message in PipeDecoder().feed(data):
            assert isinstance(message.kind, PipeMessageKind)
    except PipeError:
        pass


@given(st.binary(max_size=200))
def test_any_payload_is_a_hypothesis_or_a_pipe_error(payload: bytes) -> None:
    with contextlib.suppress(PipeError):
        assert isinstance(pipe.hypothesis(payload), Hypothesis)
    with contextlib.suppress(PipeError):
        assert isinstance(pipe.begun(payload), Expected)


def test_a_hypothesis_keeps_its_words() -> None:
    said = Hypothesis(
        "学府路七十四号",
        final=True,
        language="zh",
        confidence=0.5,
        certainty=((3, 0.9), (7, 0.25)),
        likelihoods={"zh": 0.9, "en": 0.1},
    )
    assert pipe.hypothesis(pipe.heard(3, said).payload) == said


@pytest.mark.parametrize(
    "certainty", ["[[2, 0.5]]", "[[3, 2]]", "[[0, 1], [3, 1]]", "[3]", '"no"', "[[3, null]]"]
)
def test_how_sure_it_is_of_other_text_is_a_pipe_error(certainty: str) -> None:
    said = '{"text": "井盖丢", "final": true, "language": "zh", "confidence": null, "certainty": '
    with pytest.raises(PipeError):
        pipe.hypothesis(f"{said}{certainty}}}".encode())


def test_an_expectation_keeps_its_languages_and_their_words() -> None:
    asked = Expected({"zh": 0.75, "en": 0.25}, {"zh": ("井盖",), "en": ("manhole", "lamp")})
    assert pipe.begun(pipe.begin(3, asked).payload) == asked


@pytest.mark.parametrize("languages", ["{}", "[]", '{"zh": "likely"}', f'{{"zh": 1{"0" * 400}}}'])
def test_an_expectation_without_languages_is_a_pipe_error(languages: str) -> None:
    with pytest.raises(PipeError):
        pipe.begun(f'{{"languages": {languages}, "hints": {{}}}}'.encode())


def test_a_length_out_of_all_bounds_is_refused_at_once() -> None:
    with pytest.raises(PipeError):
        pipe.decode_head(b"\xff\xff\xff\xff\x01\0\0\0\0")
