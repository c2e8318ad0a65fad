"""What may go wrong when classifiers are trained anew; each says what the reader can do."""

from __future__ import annotations

from typing import ClassVar

from core.errors import Conflict, Invalid, SonghuaError, Unavailable


class NoFolder(SonghuaError):
    kind: ClassVar[str] = "no-classifier-folder"
    title: ClassVar[str] = "The settings do not say where versions of the classifiers are kept"


class BrokenVersion(SonghuaError):
    """A version's files are damaged, incomplete or made for something else."""

    kind: ClassVar[str] = "broken-classifiers"
    title: ClassVar[str] = "A version of the classifiers cannot be used"


class RetrainingRuns(Conflict):
    kind: ClassVar[str] = "retraining-runs"
    title: ClassVar[str] = "The classifiers are being trained or switched just now"


class Overtaken(Conflict):
    """What the new weights were compared with is not in force any more."""

    kind: ClassVar[str] = "other-classifiers"
    title: ClassVar[str] = "Other classifiers were put into force meanwhile; nothing was changed"


class TrainingFailed(SonghuaError):
    kind: ClassVar[str] = "training-failed"
    title: ClassVar[str] = "Training did not end well; nothing was changed"


class NothingToTrainOn(Invalid):
    kind: ClassVar[str] = "nothing-to-train-on"
    title: ClassVar[str] = "No confirmed case can be trained on"


class NothingBefore(Conflict):
    kind: ClassVar[str] = "no-former-classifiers"
    title: ClassVar[str] = "There is no former version to return to"


class FolderUnwritable(Unavailable):
    kind: ClassVar[str] = "classifier-folder"
    title: ClassVar[str] = "The folder of the classifiers cannot be used"
