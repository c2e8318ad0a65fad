"""Mistakes in settings as data: how each is made, and what `songhua config check` has to say of it.

The files beside this one hold them. `replace`: a text of the good settings and what stands there instead;
`section` and `lines`: what is put below a header (`$F` is the folder); `set`, `copy`, `chmod`, `remove`: what
happens to files. `key`, `remedy` and `weight` are what has to be said; `also` may be said besides.
"""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
FLOW_TO_NOWHERE = """\
flow: default
languages: [zh, en]
start: greet
steps:
  greet: {play: greeting, notice: true, next: person}
  person: {queue: hotlin}
"""


@dataclass(frozen=True)
class MadeMistake:
    name: str
    key: str
    remedy: str
    weight: str = "fault"
    replace: tuple[str, str] | None = None
    section: str = ""
    lines: str = ""
    after: str = ""
    set: dict[str, str] = field(default_factory=dict)
    copy: dict[str, str] = field(default_factory=dict)
    chmod: dict[str, int] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    also: tuple[str, ...] = ()

    def make(self, folder: Path) -> Path:
        """Spoil the good settings in this folder; the settings file."""
        file = folder / "songhua.toml"
        text = file.read_text(encoding="utf-8")
        if self.replace is not None:
            old, new = (one.replace("$F", str(folder)) for one in self.replace)
            assert old in text, f"{self.name}: the good settings do not have {old!r}"
            text = text.replace(old, new)
        lines = self.lines.replace("$F", str(folder))
        if self.section and f"\n{self.section}" in text:
            before, header, rest = text.partition(f"\n{self.section}")
            comment, _, rest = rest.partition("\n")
            text = f"{before}{header}{comment}\n{lines}\n{rest}"
        else:
            text += f"\n{self.section}\n{lines}\n"
        file.write_text(text + self.after, encoding="utf-8")
        for name, words in self.set.items():
            (folder / name).write_text(FLOW_TO_NOWHERE if words == "@flow" else words, encoding="utf-8")
            (folder / name).chmod(0o600)
        for name, other in self.copy.items():
            shutil.copyfile(folder / other, folder / name)
        for name in self.remove:
            (folder / name).unlink()
        for name, mode in self.chmod.items():
            (folder / name).chmod(mode)
        return file


def mistakes() -> list[MadeMistake]:
    """All of them, each with a name of its own."""
    rows: list[dict[str, Any]] = []
    for file in sorted(FOLDER.glob("*.toml")):
        rows += tomllib.loads(file.read_text(encoding="utf-8"))["mistake"]
    return [MadeMistake(**row) for row in rows]
