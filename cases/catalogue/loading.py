"""Reads the catalogue's tables and words from YAML and refuses what does not hold together."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal, TypeVar

import yaml
from pydantic import BaseModel, Field, ValidationError

from cases.area_class import AreaClass
from cases.catalogue.common import CommonWords, counted_words
from cases.catalogue.model import CODE, Catalogue, Catalogues, Category, Limit, LimitAmount, parse_limit
from cases.catalogue.words import (
    CatalogueRow,
    DangerWords,
    DraftingWords,
    HintWords,
    Homophones,
    IntentWords,
    ProblemWords,
    SpeechWords,
)
from cases.errors import BrokenTable

HERE = Path(__file__).parent
DEFAULT_TABLE = "gbt30428.2-2013"


class _Major(CatalogueRow):
    kind: Literal["part", "event"]
    code: str
    name_zh: str
    name_en: str
    confidence: Literal["seen", "memory", "local"]


class _CategoryRow(CatalogueRow):
    kind: Literal["part", "event"]
    code: str
    name_zh: str
    name_en: str
    confidence: Literal["seen", "memory", "local"]
    source: str
    handover: Literal["", "110", "119", "120", "122"] = ""


class _CategoryTable(CatalogueRow):
    scheme: str
    version: str
    standard: str
    title_zh: str
    title_en: str
    majors: tuple[_Major, ...]
    rows: tuple[_CategoryRow, ...]


class _LimitRow(CatalogueRow):
    codes: tuple[str, ...]
    condition_zh: str
    condition_en: str
    text: str
    areas: dict[AreaClass, str] = Field(default_factory=dict)
    source: str


class _UrgentLimit(CatalogueRow):
    condition_zh: str
    condition_en: str
    text: str
    source: str


class _Limits(CatalogueRow):
    scheme: str
    version: str
    urgent: _UrgentLimit | None = None
    rows: tuple[_LimitRow, ...]


M = TypeVar("M", bound=BaseModel)


def read(path: Path, model: type[M]) -> M:
    """The YAML file as `model`. Raises `BrokenTable` naming file and place."""
    try:
        # A safe loader too, and the tables are large.
        table = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        return model.model_validate(table)
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise BrokenTable(f"{path.name} cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BrokenTable(f"{path.name}: {where}: {first['msg']}") from error


def catalogue_from(path: Path, limits: Path | None = None) -> Catalogue:
    """One generation, checked: codes well formed, unique, of their kind, each under a known major."""
    table = read(path, _CategoryTable)
    majors = {("P" if m.kind == "part" else "E") + m.code: (m.name_zh, m.name_en) for m in table.majors}
    rows: dict[str, Category] = {}
    for row in table.rows:
        letter = "P" if row.kind == "part" else "E"
        if not CODE.match(row.code) or row.code[0] != letter:
            raise BrokenTable(f"{path.name}: {row.code!r} is not a code of kind {row.kind}")
        if row.code[:3] not in majors:
            raise BrokenTable(f"{path.name}: {row.code} has no major {row.code[:3]}")
        if row.code in rows:
            raise BrokenTable(f"{path.name}: {row.code} stands twice")
        rows[row.code] = Category(
            scheme=table.scheme,
            version=table.version,
            kind=row.kind,
            code=row.code,
            name_zh=row.name_zh,
            name_en=row.name_en,
            confidence=row.confidence,
            source=row.source,
            handover=row.handover,
        )
    timed, urgent = ((), None) if limits is None else _limits_from(limits, table.scheme, table.version, rows)
    return Catalogue(
        scheme=table.scheme,
        version=table.version,
        standard=table.standard,
        title_zh=table.title_zh,
        title_en=table.title_en,
        majors=majors,
        rows=rows,
        limits=timed,
        urgent_limit=urgent,
    )


def _limits_from(
    path: Path, scheme: str, version: str, rows: dict[str, Category]
) -> tuple[tuple[Limit, ...], Limit | None]:
    """The rows of classes, and the one of urgent cases."""
    table = read(path, _Limits)
    if (table.scheme, table.version) != (scheme, version):
        raise BrokenTable(f"{path.name} is for {table.scheme}@{table.version}, not {scheme}@{version}")
    limits = []
    for row in table.rows:
        allowed = parse_limit(row.text)
        areas: dict[AreaClass, LimitAmount] = {area: parse_limit(said) for area, said in row.areas.items()}
        for code in row.codes:
            if code not in rows:
                raise BrokenTable(f"{path.name}: no class {code}")
            limits.append(Limit(code, row.condition_zh, row.condition_en, allowed, row.source, areas))
    at_once = table.urgent
    if at_once is None:
        return tuple(limits), None
    allowed = parse_limit(at_once.text)
    return tuple(limits), Limit("", at_once.condition_zh, at_once.condition_en, allowed, at_once.source)


@lru_cache(maxsize=4)
def load_catalogues(own_limits: Path | None = None) -> Catalogues:
    """The generations that come with the program; GB/T 30428.2-2013 is the default. `own_limits`: the city's
    time limits instead of those that come with it. Raises `BrokenTable`.
    """
    tables = HERE / "tables"
    return Catalogues(
        default=catalogue_from(tables / f"{DEFAULT_TABLE}.yaml", own_limits or tables / "limits.yaml"),
        others=(catalogue_from(tables / "cjt214-2007.yaml"), catalogue_from(tables / "songhua-1.yaml")),
    )


@lru_cache(maxsize=1)
def load_words() -> DraftingWords:
    """All words that drafting knows, checked against the default catalogue."""
    folder = HERE / "words"
    problems = read(folder / "problems.yaml", ProblemWords)
    catalogue = load_catalogues().default
    if (problems.scheme, problems.version) != (catalogue.scheme, catalogue.version):
        raise BrokenTable("problems.yaml is for another generation than the default catalogue")
    danger = read(folder / "danger.yaml", DangerWords)
    for code in (*(row.code for row in problems.rows), *danger.urgent_classes):
        if catalogue.get(code) is None:
            raise BrokenTable(f"words speak of {code}, which the catalogue does not have")
    return DraftingWords.compiled(
        problems=problems,
        danger=danger,
        intents=read(folder / "intent.yaml", IntentWords),
        speech=read(folder / "speech.yaml", SpeechWords),
        common=CommonWords(counted_words(), read(folder / "homophones.yaml", Homophones).homophones),
        hints=read(folder / "hints.yaml", HintWords),
    )
