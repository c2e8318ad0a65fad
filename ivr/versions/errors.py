"""Errors of saving and activating a version; the active version stays active in each case."""

from __future__ import annotations

from core.errors import Conflict, Invalid, NotFound, Unavailable


class NoSuchVersion(NotFound):
    kind = "ivr-no-such-version"
    title = "There is no such version"


class AnotherIsActive(Conflict):
    """`expected` is not the version in force."""

    kind = "ivr-another-version-is-active"
    title = "Another version has become active"


class PromptInUse(Conflict):
    kind = "ivr-prompt-in-use"
    title = "An active flow plays this prompt"


class FolderUnusable(Unavailable):
    kind = "ivr-uploads-folder"
    title = "The switch cannot use files in this folder"


class SpokenByTheSwitch(Invalid):
    kind = "ivr-prompt-of-the-switch"
    title = "The switch plays this prompt itself"


class TooManyVersions(Unavailable):
    kind = "ivr-too-many-versions"
    title = "There are too many versions already"
