"""What may go wrong when classifiers are trained anew; each says what the reader can do."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, Invalid, SonghuaError, Unavailable


class NoFolder(Conflict):
    """Nothing is trained or switched before an operator has named the folder."""

    kind: ClassVar[str] = "no-classifier-folder"
    title: ClassVar[str] = "The settings do not say where versions of the classifiers are kept"


class BrokenVersion(Conflict):
    """A version's files are damaged, incomplete or made for something else; another one must be in force."""

    kind: ClassVar[str] = "broken-classifiers"
    title: ClassVar[str] = "A version of the classifiers cannot be used"


class RetrainingRuns(Conflict):
    """Somebody else, perhaps in another process, holds the lock of what was asked for."""

    kind: ClassVar[str] = "retraining-runs"
    title: ClassVar[str] = "The classifiers are being trained or switched just now"


class Overtaken(Conflict):
    """What the new weights were compared with is not in force any more."""

    kind: ClassVar[str] = "other-classifiers"
    title: ClassVar[str] = "Other classifiers were put into force meanwhile; nothing was changed"


class TrainingFailed(SonghuaError):
    """The process that trains was killed, took too much, crashed or made weights that cannot be used."""

    kind: ClassVar[str] = "training-failed"
    title: ClassVar[str] = "Training did not end well; nothing was changed"


class NothingToTrainOn(Invalid):
    """Says how many cases were left out, and why."""

    kind: ClassVar[str] = "nothing-to-train-on"
    title: ClassVar[str] = "No confirmed case can be trained on"


class NothingBefore(Conflict):
    """The shipped weights are in force, or the version that was named never was."""

    kind: ClassVar[str] = "no-former-classifiers"
    title: ClassVar[str] = "There is no former version to return to"


class FolderUnwritable(Unavailable):
    """The folder is no folder, may not be written, or its disk is full."""

    kind: ClassVar[str] = "classifier-folder"
    title: ClassVar[str] = "The folder of the classifiers cannot be used"
