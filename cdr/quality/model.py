"""Scoring forms and what a filled one comes to. Pure.

A score is 0 to 100: the mean of the answered questions, each as a share of its points, by their weights. A
fatal question that is answered with no points makes it 0.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, model_validator

from core.models import Strict

MOST_SECTIONS: Final = 20
MOST_QUESTIONS: Final = 40
_Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
_Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
QuestionId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
_Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1_000)]


class ScoringQuestion(Strict):
    """`points` is the best answer, 1 for yes or no; `fatal`: no points here make the whole score 0."""

    question_id: QuestionId
    text: _Words
    points: int = Field(default=1, ge=1, le=10)
    weight: int = Field(default=1, ge=1, le=100)
    fatal: bool = False


class ScoringSection(Strict):
    title: _Title
    questions: Annotated[tuple[ScoringQuestion, ...], Field(min_length=1, max_length=MOST_QUESTIONS)]


class ScoringForm(Strict):
    """What one version of a form asks. A question keeps its id as long as it asks the same."""

    name: _Title
    sections: Annotated[tuple[ScoringSection, ...], Field(min_length=1, max_length=MOST_SECTIONS)]

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        ids = [question.question_id for question in self.questions()]
        if len(ids) != len(set(ids)):
            raise ValueError("each question needs an id of its own")
        if len(ids) > MOST_QUESTIONS:
            raise ValueError(f"a form has at most {MOST_QUESTIONS} questions")
        return self

    def questions(self) -> Iterator[ScoringQuestion]:
        """All questions in their order."""
        for section in self.sections:
            yield from section.questions


class ScoringAnswer(Strict):
    """`points` is None where the question does not apply to the call."""

    points: int | None = Field(default=None, ge=0, le=10)
    note: _Note = ""


Answers = Mapping[str, ScoringAnswer]
"""By the id of the question."""


class BadAnswers(ValueError):
    """The answers do not fit the form; the text says which."""


@dataclass(frozen=True, slots=True)
class ScoringResult:
    """`score` is None when no question applied; `fatal` are the fatal questions without points."""

    score: float | None
    fatal: tuple[str, ...]


def result(form: ScoringForm, answers: Answers) -> ScoringResult:
    """Raises `BadAnswers` for a question that is missing, unknown or given more points than it has."""
    asked = {question.question_id: question for question in form.questions()}
    if asked.keys() != answers.keys():
        wrong = sorted(asked.keys() ^ answers.keys())
        raise BadAnswers(f"answer each question of the form and no other: {', '.join(wrong)}")
    weighed, weights, fatal = 0.0, 0, []
    for question_id, question in asked.items():
        points = answers[question_id].points
        if points is None:
            continue
        if points > question.points:
            raise BadAnswers(f"{question_id} has {question.points} points at most")
        weighed += question.weight * points / question.points
        weights += question.weight
        if question.fatal and points == 0:
            fatal.append(question_id)
    if not weights:
        return ScoringResult(None, ())
    return ScoringResult(0.0 if fatal else round(100 * weighed / weights, 1), tuple(fatal))


@dataclass(frozen=True, slots=True)
class QuestionDifference:
    """`difference` is the first scorer's share of the points less the second's, −1 to 1; None where only one
    of them found that the question applies.
    """

    question_id: str
    first: int | None
    second: int | None
    difference: float | None

    @property
    def agrees(self) -> bool:
        """Whether both gave the same answer."""
        return self.first == self.second


@dataclass(frozen=True, slots=True)
class Comparison:
    """`agreement` is the share of questions with the same answer (0 to 1), `score_difference` the first
    score less the second; None where one of them has none.
    """

    questions: tuple[QuestionDifference, ...]
    agreement: float
    score_difference: float | None


def compare(form: ScoringForm, first: Answers, second: Answers) -> Comparison:
    """Two filled forms of one call. Raises `BadAnswers`."""
    scores = result(form, first).score, result(form, second).score
    differences = tuple(
        _difference(question, first[question.question_id].points, second[question.question_id].points)
        for question in form.questions()
    )
    same = sum(one.agrees for one in differences)
    apart = None if scores[0] is None or scores[1] is None else round(scores[0] - scores[1], 1)
    return Comparison(differences, round(same / len(differences), 4), apart)


def _difference(question: ScoringQuestion, first: int | None, second: int | None) -> QuestionDifference:
    apart = None if first is None or second is None else round((first - second) / question.points, 4)
    return QuestionDifference(question.question_id, first, second, 0.0 if first == second else apart)
