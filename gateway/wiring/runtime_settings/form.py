"""A setting's value by a pydantic model: as it is stored, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from core.translation import Sayable, Translatable, Verbatim
from runtime_settings.errors import SettingInvalid

M = TypeVar("M", bound=BaseModel)
MOST: int = 50


def read(model: type[M], value: Any, own: Mapping[str, Sayable] = MappingProxyType({})) -> M:
    """Raises `SettingInvalid` with each problem and its place. `own` are the sentences of the model's own
    checks by their English form; pydantic's are English in each language.
    """
    try:
        return model.model_validate(value)
    except ValidationError as error:
        raise SettingInvalid([_line(dict(one), own) for one in error.errors()[:MOST]]) from error


def stored(value: BaseModel) -> Any:
    """JSON, by the names that people write."""
    return value.model_dump(mode="json", by_alias=True)


def _line(error: dict[str, Any], own: Mapping[str, Sayable]) -> Sayable:
    place = ".".join(str(part) for part in error["loc"])
    said = str(error["msg"]).removeprefix("Value error, ")
    sentence = own.get(said, Verbatim(said))
    return Translatable("{place}: {said}", {"place": place, "said": sentence}) if place else sentence
