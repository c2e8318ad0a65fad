"""Reads training data: JSON Lines whose first line names the generation of the catalogue."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from cases.catalogue.model import Catalogue
from cases.errors import BrokenTable
from core.models import Strict

M = TypeVar("M", bound=BaseModel)


class _Generation(Strict):
    scheme: str
    version: str


def generation(catalogue: Catalogue) -> dict[str, str]:
    """The first line of a file of this catalogue."""
    return {"scheme": catalogue.scheme, "version": catalogue.version}


def read_rows(path: Path, model: type[M], catalogue: Catalogue) -> list[M]:
    """Every line but the first as `model`. Raises `BrokenTable` naming file and line."""
    number = 1
    try:
        first, *rest = path.read_text(encoding="utf-8").splitlines()
        if _Generation.model_validate_json(first).model_dump() != generation(catalogue):
            raise BrokenTable(f"{path.name} is for another generation than {catalogue.standard}")
        out: list[M] = []
        for line in rest:
            number = len(out) + 2
            out.append(model.model_validate(json.loads(line)))
    except (OSError, ValueError) as error:
        what = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise BrokenTable(f"{path.name}: line {number}: {what}") from error
    return out
