"""Flows as people write them: what is read, what is refused, and where the linter points."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import ivr.room
from ivr.flows.lint import lint, lint_file, reachable
from ivr.flows.load import FlowInvalid, FlowProblem, FlowSource, load
from ivr.library import FOLDER, Library, NoSuchPrompt, prompt_path, texts
from ivr.settings import IvrSettings
from tests.ivr.ports import played_ports

FLOWS = Path(ivr.room.__file__).parent / "flows"


def flow(steps: str, *, start: str = "a") -> FlowSource:
    indented = "\n".join(f"  {line}" for line in steps.strip("\n").splitlines())
    return load(f"flow: test\nlanguages: [zh, en]\nstart: {start}\nsteps:\n{indented}\n")


def codes(source: FlowSource) -> list[tuple[int, str]]:
    return [(problem.line, problem.code) for problem in lint(source, Library())]


def test_the_built_in_flow_goes_straight_to_a_person_and_has_no_problem() -> None:
    assert lint_file(FLOWS / "default.yaml") == []
    source = load((FLOWS / "default.yaml").read_bytes())
    asked = [source.flow.steps[name] for name in reachable(source.flow, source.flow.start, ordinary=True)]
    assert [type(step).__name__ for step in asked] == [
        "Play", "SetStep", "BranchStep", "PriorityStep", "QueueStep",
    ]  # fmt: skip


def test_the_example_flow_is_sound_and_its_menu_is_pointed_at() -> None:
    assert [(problem.level, problem.code) for problem in lint_file(FLOWS / "status.yaml")] == [
        ("warning", "menu-before-person")
    ]


@pytest.mark.parametrize("file", sorted(FLOWS.glob("*.yaml")), ids=lambda file: file.stem)
def test_no_built_in_flow_has_an_error(file: Path) -> None:
    assert [str(problem) for problem in lint_file(file) if problem.level == "error"] == []
    assert load(file.read_bytes()).flow.flow == file.stem


def test_who_is_not_called_back_must_reach_a_person() -> None:
    source = flow(
        "a: {play: greeting, notice: true, next: b}\n"
        "b: {callback: {reason: asked, offer: callback-offer, accepted: d, otherwise: d}}\n"
        "c: {queue: hotline}\nd: {hangup: true}"
    )
    assert (6, "callback-no-person") in codes(source)


def test_only_who_waits_can_stay_where_he_is() -> None:
    source = flow("a: {play: greeting, notice: true, next: b}\nb: {stay: true}")
    assert codes(source) == [(6, "wrong-end")]


def test_a_prompt_may_name_its_language() -> None:
    assert (
        codes(flow("a: {play: [greeting, language-choice@en], notice: true, next: b}\nb: {queue: hotline}"))
        == []
    )
    (problem,) = lint(flow("a: {play: greeting@fr, notice: true, next: b}\nb: {queue: hotline}"), Library())
    assert problem.code == "missing-prompt"


def test_a_missing_prompt_is_found_with_its_line_in_both_languages() -> None:
    source = flow("a: {play: [greeting, no-such-sentence], notice: true, next: b}\nb: {queue: hotline}")
    (problem,) = lint(source, Library())
    assert (problem.line, problem.level, problem.code) == (5, "error", "missing-prompt")
    assert "no-such-sentence" in problem.zh
    assert "no-such-sentence" in problem.en


def test_a_step_that_nothing_leads_to_is_a_warning() -> None:
    source = flow("a: {play: greeting, notice: true, next: b}\nb: {queue: hotline}\nc: {hangup: true}")
    assert codes(source) == [(7, "unreachable")]


def test_a_loop_that_plays_for_ever_is_an_error() -> None:
    source = flow("a: {play: greeting, notice: true, next: b}\nb: {play: queue-wait, next: a}")
    assert (5, "endless") in codes(source)
    assert (3, "no-person") in codes(source)


def test_a_menu_that_repeats_itself_for_a_silent_caller_is_an_error() -> None:
    source = flow(
        'a: {menu: {prompt: language-choice, choices: {"1": b}, otherwise: a}}\nb: {queue: hotline}'
    )
    assert (5, "endless") in codes(source)


def test_a_loop_that_the_caller_asks_for_is_allowed() -> None:
    source = flow(
        "a: {play: greeting, notice: true, next: b}\n"
        'b: {menu: {prompt: language-choice, choices: {"1": a}, otherwise: c}}\nc: {queue: hotline}'
    )
    assert codes(source) == [(6, "menu-before-person")]


def test_a_variable_that_is_never_given_is_an_error() -> None:
    source = flow(
        "a: {play: greeting, notice: true, next: b}\nb: {say: $number, next: c}\nc: {queue: hotline}"
    )
    assert codes(source) == [(6, "unknown-variable")]


def test_what_is_said_or_set_without_a_dollar_is_no_variable() -> None:
    source = flow(
        "a: {play: greeting, notice: true, next: b}\nb: {say: '12345', next: c}\n"
        "c: {set: {vip: 'yes'}, next: d}\nd: {queue: hotline}"
    )
    assert codes(source) == []


def test_a_flow_that_does_not_say_that_it_records_is_pointed_at() -> None:
    assert codes(flow("a: {queue: hotline}")) == [(3, "no-notice")]


@pytest.mark.parametrize(
    ("steps", "line", "code"),
    [
        ("a: {queue: hotline, hangup: true}", 5, "schema"),
        ("a: {sing: loudly}", 5, "schema"),
        ("a: {play: greeting, next: nowhere}", 5, "no-such-step"),
        ("a:\n  play: greeting\n  next: a\n  volume: 11", 8, "schema"),
        ("a: {queue: hotline}\na: {hangup: true}", 6, "twice"),
        ("a: &x {queue: hotline}\nb: *x", 5, "alias"),
        ("a: {queue: [", 6, "yaml"),
        ("a: {language: fr, next: b}\nb: {queue: hotline}", 5, "no-such-language"),
        ("a: {queue: 'bad name; rm'}", 5, "schema"),
    ],
)
def test_what_is_not_a_flow_is_refused_at_its_line(steps: str, line: int, code: str) -> None:
    with pytest.raises(FlowInvalid) as refused:
        flow(steps)
    assert (refused.value.problems[0].line, refused.value.problems[0].code) == (line, code)


def test_digits_on_keys_may_stand_with_or_without_quotes() -> None:
    source = flow("a: {menu: {prompt: survey, choices: {1: b, '*': b}, otherwise: b}}\nb: {queue: hotline}")
    assert source.flow.steps["a"].exits == ("b", "b", "b")


def test_a_file_larger_than_the_limit_is_refused() -> None:
    with pytest.raises(FlowInvalid):
        load("a" * 70_000)


NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.binary(max_size=300) | st.text(max_size=300) | NESTED.map(str))
@example("[" * 5_000)
@example("{" * 5_000)
@example("a: 2001-99-99")
@example("!!python/object/apply:os.system [true]")
@example(b"\xff\xfe\x00")
@example("a: &a [*a]")
@example("? [a]\n: b")
@example("\x00")
def test_any_text_at_all_is_a_flow_or_is_refused(text: str | bytes) -> None:
    refused = problems_of(text)
    assert refused is None or refused
    assert all(problem.line >= 1 for problem in refused or ())


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), NESTED, max_size=3))
def test_any_steps_at_all_are_a_flow_or_are_refused(steps: dict[str, object]) -> None:
    refused = problems_of(json.dumps({"flow": "x", "languages": ["zh"], "start": "a", "steps": steps}))
    assert refused is None or refused


def problems_of(text: str | bytes) -> list[FlowProblem] | None:
    """Why the text is refused; None if it is a flow, and then the linter takes it too."""
    try:
        lint(load(text), Library())
    except FlowInvalid as error:
        return error.problems
    return None


def test_every_text_has_its_file_in_both_languages() -> None:
    library = Library()
    for prompt, said in texts().items():
        for language in ("zh", "en"):
            assert said[language]
            assert library.has(prompt, language), f"{prompt} in {language}: run scripts/render-prompts"


def test_a_language_without_a_prompt_falls_back_to_the_first(tmp_path: Path) -> None:
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh" / "greeting.wav").write_bytes(b"RIFF")
    library = Library(tmp_path, "zh")
    assert library.find("greeting", "en") == tmp_path / "zh" / "greeting.wav"
    with pytest.raises(NoSuchPrompt):
        library.find("goodbye", "en")


def test_a_prompt_that_the_operator_has_not_is_taken_from_the_built_in_ones(tmp_path: Path) -> None:
    library = Library(tmp_path, "zh", under=(FOLDER,))
    assert library.find("goodbye", "en") == FOLDER / "en" / "goodbye.wav"
    (tmp_path / "en").mkdir()
    (tmp_path / "en" / "goodbye.wav").write_bytes(b"RIFF")
    assert library.find("goodbye", "en") == FOLDER / "en" / "goodbye.wav"
    library.forget()
    assert library.find("goodbye", "en") == tmp_path / "en" / "goodbye.wav"


def test_say_finds_the_committed_file() -> None:
    assert prompt_path("greeting", "en") == FOLDER / "en" / "greeting.wav"


def test_a_flow_with_errors_is_refused_before_the_first_call(tmp_path: Path) -> None:
    broken = tmp_path / "flow.yaml"
    broken.write_text("flow: x\nlanguages: [zh]\nstart: a\nsteps:\n  a: {play: greeting, next: a}\n")
    with pytest.raises(FlowInvalid):
        ivr.room.build(IvrSettings(flow=broken), played_ports())
    assert ivr.room.build(IvrSettings(), played_ports()).health()[0].state == "up"
