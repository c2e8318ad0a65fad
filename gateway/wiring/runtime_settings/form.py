"""A setting's value by a pydantic model: as it is stored, and what is wrong with it."""

from __future__ import annotations

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from runtime_settings.errors import SettingInvalid

M = TypeVar("M", bound=BaseModel)
MOST: int = 50


def read(model: type[M], value: Any) -> M:
    """Raises `SettingInvalid` with each problem and its place."""
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise SettingInvalid([_line(dict(one)) for one in error.errors()[:MOST]]) from error


def stored(value: BaseModel) -> Any:
    """JSON, by the names that people write."""
    return value.model_dump(mode="json", by_alias=True)


def _line(error: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"])
    said = str(error["msg"]).removeprefix("Value error, ")
    return f"{place}: {said}" if place else said
