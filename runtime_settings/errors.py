"""Errors of changing a setting; what holds stays in each case."""

from __future__ import annotations

from collections.abc import Sequence

from core.errors import Conflict, Invalid, NotFound
from core.translation import Sayable, Verbatim


class NoSuchSetting(NotFound):
    kind = "no-such-setting"
    title = "There is no such setting"


class NoSuchSettingVersion(NotFound):
    kind = "no-such-setting-version"
    title = "This setting has no such version"


class SettingInvalid(Invalid):
    """`problems` are lines for a person: where, and what is wrong. A `str` is the same in each language."""

    kind = "setting-invalid"
    title = "This value cannot be used"

    def __init__(self, problems: Sequence[str | Sayable]) -> None:
        self.problems = [Verbatim(one) if isinstance(one, str) else one for one in problems]
        said = "; ".join(one.in_language("en") for one in self.problems[:5])
        super().__init__(said, remedy="correct what is named")


class SettingChanged(Conflict):
    """`active` is the version that holds now."""

    kind = "setting-changed"
    title = "Somebody else has changed this setting"


class NoTable(Conflict):
    kind = "setting-without-table"
    title = "No table can be imported into this setting"


class NothingToUndo(Conflict):
    kind = "nothing-to-undo"
    title = "There is no earlier version of this setting"
