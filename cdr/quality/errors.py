"""Errors of quality, each with a remedy."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownScoringForm(NotFound):
    kind: ClassVar[str] = "unknown-scoring-form"
    title: ClassVar[str] = "There is no such scoring form"


class UnknownCalibration(NotFound):
    kind: ClassVar[str] = "unknown-calibration"
    title: ClassVar[str] = "There is no such calibration"


class UnknownMark(NotFound):
    kind: ClassVar[str] = "unknown-recording-mark"
    title: ClassVar[str] = "There is no such mark"


class ScoringFormMoved(Conflict):
    """Somebody saved a version meanwhile: `number` is the newest."""

    kind: ClassVar[str] = "scoring-form-moved"
    title: ClassVar[str] = "The scoring form has a newer version"


class ScoringFormRetired(Conflict):
    kind: ClassVar[str] = "scoring-form-retired"
    title: ClassVar[str] = "The scoring form is retired"


class NotScorable(Invalid):
    """The call, the agent or the answers do not fit."""

    kind: ClassVar[str] = "not-scorable"
    title: ClassVar[str] = "This cannot be scored so"


class NotYourCalibration(Forbidden):
    kind: ClassVar[str] = "not-your-calibration"
    title: ClassVar[str] = "Two others score this calibration"


class AlreadyScored(Conflict):
    kind: ClassVar[str] = "already-scored"
    title: ClassVar[str] = "You have scored this calibration"
