"""Reads a flow from any YAML text, with line numbers for errors.

Anchors and aliases are refused (a few lines of them expand without end), and only plain text, numbers,
true and false are understood.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

import yaml
from pydantic import ValidationError

from core.errors import Invalid
from core.translation import Translatable
from core.translation import gettext_lazy as _
from ivr.flows.model import KINDS, Flow, LanguageStep

MOST_BYTES: Final = 64 * 1024
MOST_DEPTH: Final = 20

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FlowProblem:
    """`code` never changes once published; `line` counts from 1."""

    line: int
    level: Literal["error", "warning"]
    code: str
    said: Translatable

    @property
    def zh(self) -> str:
        """The problem in Chinese."""
        return self.said.in_language("zh")

    @property
    def en(self) -> str:
        """The problem in English."""
        return self.said.in_language("en")

    def __str__(self) -> str:
        return f"{self.line}: {self.level}: {self.zh} / {self.en} [{self.code}]"


class FlowInvalid(Invalid):
    """`problems` says what is wrong and where."""

    kind = "flow-invalid"
    title = "The flow cannot be used"

    def __init__(self, problems: list[FlowProblem]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems[:5]))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class FlowSource:
    """A flow and the lines on which its parts stand."""

    flow: Flow
    lines: dict[Path, int]

    def line(self, *path: str) -> int:
        """The line of the part, or of the nearest thing around it."""
        return _line(self.lines, path)


def load(text: str | bytes) -> FlowSource:
    """Raises `FlowInvalid`, whatever the text is."""
    node = _compose(text)
    lines: dict[Path, int] = {}
    plain = _plain(node, (), lines)
    try:
        source = FlowSource(Flow.model_validate(plain), lines)
    except ValidationError as error:
        raise FlowInvalid([_problem(one["loc"], one["msg"], lines) for one in error.errors()[:50]]) from error
    loose = list(_loose_ends(source))
    if loose:
        raise FlowInvalid(loose)
    return source


def _compose(text: str | bytes) -> yaml.Node:
    if len(text) > MOST_BYTES:
        raise FlowInvalid([_error(1, "too-large", _("over {most} bytes", most=MOST_BYTES))])
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.CollectionStartEvent | yaml.CollectionEndEvent):
                depth += 1 if isinstance(event, yaml.CollectionStartEvent) else -1
            if depth > MOST_DEPTH:
                raise FlowInvalid([_error(_at(event.start_mark), "too-deep", _("nested too deeply"))])
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                line = _at(event.start_mark)
                raise FlowInvalid([_error(line, "alias", _("anchors and aliases are refused"))])
        node = yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.MarkedYAMLError as error:
        line = _at(error.problem_mark)
        detail = error.problem or "not YAML"
        raise FlowInvalid([_error(line, "yaml", _("not YAML: {detail}", detail=detail))]) from error
    except (yaml.YAMLError, UnicodeError) as error:
        raise FlowInvalid([_error(1, "yaml", _("not YAML text"))]) from error
    if not isinstance(node, yaml.MappingNode):
        raise FlowInvalid([_error(1, "not-a-flow", _("the file must be a mapping"))])
    return node


def _plain(node: yaml.Node, path: Path, lines: dict[Path, int]) -> object:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, str(index)), lines) for index, item in enumerate(node.value)]
    return _scalar(node)


def _mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, int]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise FlowInvalid([_error(line, "key", _("a key must be text"))])
        name = str(key.value)
        if name in found:
            raise FlowInvalid([_error(line, "twice", _("{step} stands here twice", step=name))])
        lines[(*path, name)] = line
        found[name] = _plain(value, (*path, name), lines)
    return found


def _scalar(node: yaml.Node) -> object:
    text = str(node.value)
    if node.tag.endswith(":bool"):
        return text.lower() in {"true", "yes", "on"}
    if node.tag.endswith(":int") and text.isascii() and text.isdigit() and len(text) <= 9 and text[0] != "0":
        # Only where a number is meant does the schema take one; digits that a caller presses are text.
        return int(text)
    return None if node.tag.endswith(":null") else text


def _loose_ends(source: FlowSource) -> Iterator[FlowProblem]:
    """Names that lead nowhere."""
    flow = source.flow
    if flow.start not in flow.steps:
        yield _error(source.line("start"), "no-such-step", _("no step {step}", step=flow.start))
    for name, step in flow.steps.items():
        line = source.line("steps", name)
        for target in dict.fromkeys(step.exits):
            if target not in flow.steps:
                yield _error(line, "no-such-step", _("there is no step {step}", step=target))
        if isinstance(step, LanguageStep) and step.language not in flow.languages:
            language = step.language
            yield _error(line, "no-such-language", _("{language} is no language here", language=language))


def _problem(loc: tuple[int | str, ...], message: str, lines: dict[Path, int]) -> FlowProblem:
    path = tuple(str(part) for part in loc)
    where = ".".join(path)
    return _error(_line(lines, path), "schema", _("{where}: {message}", where=where, message=message))


def _line(lines: dict[Path, int], path: Path) -> int:
    """A loc names the kind of a step before its keys, which stands nowhere in the text."""
    if len(path) > 3 and path[0] == "steps" and path[2] in KINDS:
        path = (*path[:2], *path[3:])
    known: Path = ()
    for part in path:
        if (*known, part) in lines:
            known = (*known, part)
    return lines.get(known, 1)


def _at(mark: object) -> int:
    """The line that a mark of the parser points at."""
    line = getattr(mark, "line", None)
    return line + 1 if isinstance(line, int) else 1


def _error(line: int, code: str, said: Translatable) -> FlowProblem:
    return FlowProblem(line, "error", code, said)
