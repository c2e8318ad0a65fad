"""Reads the table of states and actions from YAML, with the line of each entry."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import Field, ValidationError

from cases.catalogue.words import CatalogueRow
from cases.errors import BrokenTable
from cases.events import AssignmentAction, AssignmentState
from cases.workflow.check import check_workflow
from cases.workflow.model import AssignmentWorkflow, ClockEffect, NotBy, WorkflowRow, WorkflowState

TABLE: Final = Path(__file__).parent / "tables" / "assignments.yaml"
MOST_BYTES: Final = 1024 * 1024
SAME: Final = "same"
M = TypeVar("M", bound=CatalogueRow)


class _Head(CatalogueRow):
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    version: int = Field(ge=1)
    assists_must_answer: bool = False
    supervision_levels: int = Field(default=3, ge=1, le=9)


class _StateEntry(CatalogueRow):
    id: AssignmentState
    name_zh: str = Field(min_length=1, max_length=40)
    name_en: str = Field(min_length=1, max_length=60)
    final: bool = False


class _RowEntry(CatalogueRow):
    action: AssignmentAction
    source: tuple[AssignmentState, ...] = Field(alias="from")
    to: str
    roles: tuple[str, ...] = Field(min_length=1)
    reason: bool = False
    not_by: tuple[NotBy, ...] = ()
    clock: ClockEffect = ClockEffect.NONE


def load_workflow(own: Path | None = None) -> AssignmentWorkflow:
    """The city's file, or the table that comes with the program. Raises `BrokenTable`, also for what
    `check_workflow` finds: a service does not begin with a table that leads nowhere.
    """
    path = own or TABLE
    workflow = read_workflow(path)
    for problem in check_workflow(workflow):
        raise BrokenTable(f"{path.name}:{problem.line}: {problem.what}", remedy=problem.remedy)
    return workflow


def read_workflow(path: Path) -> AssignmentWorkflow:
    """As the file has it, unchecked. Raises `BrokenTable`."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BrokenTable(f"{path.name} cannot be read: {error}") from error
    return workflow_from(data, path.name)


def workflow_from(data: bytes, name: str) -> AssignmentWorkflow:
    """Raises `BrokenTable`, whatever the bytes are."""
    if len(data) > MOST_BYTES:
        raise BrokenTable(f"{name}: over {MOST_BYTES} bytes")
    try:
        text = data.decode("utf-8")
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
        if any(isinstance(one, yaml.AliasEvent) for one in yaml.parse(text, Loader=yaml.CSafeLoader)):
            raise BrokenTable(f"{name}: anchors and aliases are refused")
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        raise BrokenTable(f"{name} is no YAML: {error}") from error
    head, lists = _sections(root, name)
    first = _checked(head, _Head, name, 1)
    states: dict[AssignmentState, WorkflowState] = {}
    for line, plain in lists.get("states", []):
        one = _checked(plain, _StateEntry, name, line)
        if one.id in states:
            raise BrokenTable(f"{name}:{line}: state {one.id} stands twice")
        states[one.id] = WorkflowState(one.id, one.name_zh, one.name_en, one.final, line)
    rows = [_row(_checked(plain, _RowEntry, name, line), name, line) for line, plain in lists.get("rows", [])]
    return AssignmentWorkflow(
        first.name, first.version, states, tuple(rows), first.assists_must_answer, first.supervision_levels
    )


def _row(entry: _RowEntry, name: str, line: int) -> WorkflowRow:
    if entry.to != SAME and entry.to not in set(AssignmentState):
        raise BrokenTable(f"{name}:{line}: to: no state {entry.to}, and not {SAME}")
    target = None if entry.to == SAME else AssignmentState(entry.to)
    return WorkflowRow(
        entry.action, entry.source, target, frozenset(entry.roles), entry.reason, frozenset(entry.not_by),
        entry.clock, line,
    )  # fmt: skip


def _sections(root: yaml.Node | None, name: str) -> tuple[dict[str, Any], dict[str, list[tuple[int, Any]]]]:
    """What stands alone, and the entries of each list with the line on which they begin."""
    if not isinstance(root, yaml.MappingNode):
        raise BrokenTable(f"{name}: must hold `name`, `version`, `states` and `rows`")
    head: dict[str, Any] = {}
    lists: dict[str, list[tuple[int, Any]]] = {}
    for key, value in root.value:
        if not isinstance(key, yaml.ScalarNode):
            raise BrokenTable(f"{name}:{key.start_mark.line + 1}: a key is a word")
        if key.value not in {"states", "rows"}:
            head[key.value] = _plain(value)
        elif isinstance(value, yaml.SequenceNode):
            lists[key.value] = [(node.start_mark.line + 1, _plain(node)) for node in value.value]
        else:
            raise BrokenTable(f"{name}:{key.start_mark.line + 1}: `{key.value}` is a list")
    return head, lists


def _plain(node: yaml.Node) -> Any:
    """The node as text, lists and mappings."""
    match node:
        case yaml.MappingNode():
            return {
                _plain(key): _plain(value) for key, value in node.value if isinstance(key, yaml.ScalarNode)
            }
        case yaml.SequenceNode():
            return [_plain(one) for one in node.value]
        case _:
            return node.value


def _checked(plain: object, model: type[M], name: str, line: int) -> M:
    try:
        return model.model_validate(plain)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BrokenTable(f"{name}:{line}: {where}: {first['msg']}") from error
