"""Reads the city's departments and responsibility rows from YAML, with the line of each entry."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import Field, ValidationError

from cases.catalogue.words import CatalogueRow
from cases.errors import BrokenTable
from cases.responsibility.model import (
    DepartmentLevel,
    ResponsibilityCatalogue,
    ResponsibilityRow,
    ResponsibleDepartment,
)

TABLE: Final = Path(__file__).parent / "tables" / "responsibility.yaml"
MOST_BYTES: Final = 16 * 1024 * 1024
M = TypeVar("M", bound=CatalogueRow)


class _DepartmentEntry(CatalogueRow):
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")
    name_zh: str = Field(min_length=2, max_length=80)
    name_en: str = Field(min_length=2, max_length=120)
    level: DepartmentLevel
    parent: str = ""
    place: str = Field(default="", pattern=r"^(\d{6}|\d{9})?$")
    owns: tuple[str, ...] = ()
    source: str = Field(min_length=2, max_length=200)


class _RowEntry(CatalogueRow):
    classes: tuple[str, ...] = Field(min_length=1)
    places: tuple[str, ...] = ()
    owners: tuple[str, ...] = ()
    beats: tuple[str, ...] = ()
    host: str = Field(min_length=1)
    assists: tuple[str, ...] = ()
    why: str = Field(min_length=2, max_length=300)


def load_responsibility(own: Path | None = None) -> ResponsibilityCatalogue:
    """The city's file, or the example that comes with the program. Raises `BrokenTable`."""
    path = own or TABLE
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BrokenTable(f"{path.name} cannot be read: {error}") from error
    return responsibility_from(data, path.name)


def responsibility_from(data: bytes, name: str) -> ResponsibilityCatalogue:
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
    sections = _sections(root, name)
    departments: dict[str, ResponsibleDepartment] = {}
    for line, plain in sections.get("departments", []):
        one = _checked(plain, _DepartmentEntry, name, line)
        if one.id in departments:
            raise BrokenTable(f"{name}:{line}: department {one.id} stands twice")
        departments[one.id] = ResponsibleDepartment(
            one.id, one.name_zh, one.name_en, one.level, one.parent, one.place, one.owns, one.source, line
        )
    rows = []
    for number, (line, plain) in enumerate(sections.get("rows", []), 1):
        row = _checked(plain, _RowEntry, name, line)
        rows.append(
            ResponsibilityRow(
                number,
                line,
                row.classes,
                row.places,
                row.owners,
                row.host,
                row.assists,
                row.why,
                row.beats,
            )
        )
    return ResponsibilityCatalogue(departments, tuple(rows))


def _sections(root: yaml.Node | None, name: str) -> dict[str, list[tuple[int, Any]]]:
    """The entries of each list, with the line on which they begin."""
    if not isinstance(root, yaml.MappingNode):
        raise BrokenTable(f"{name}: must hold `departments` and `rows`")
    found: dict[str, list[tuple[int, Any]]] = {}
    for key, value in root.value:
        if key.value not in ("departments", "rows") or not isinstance(value, yaml.SequenceNode):
            raise BrokenTable(f"{name}:{key.start_mark.line + 1}: `departments` and `rows` alone, both lists")
        found[key.value] = [(node.start_mark.line + 1, _plain(node)) for node in value.value]
    return found


def _plain(node: yaml.Node) -> Any:
    """The node as text, lists and mappings: codes stay as they are written."""
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
