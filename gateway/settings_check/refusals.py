"""What pydantic says of a value, as cause and remedy for the person who wrote it. Pure."""

from __future__ import annotations

import re
from typing import Any, Final

from gateway.settings_check.model import KeyPath, Mistake, key_of
from gateway.settings_check.model_fields import field_at, nearest, offered

_UNIT: Final = re.compile(
    r"[+-]?[0-9][0-9_.,]*\s*(ms|s|sec\w*|m|min\w*|h|hours?|d|days?|kb|mb|gb|kib|mib|gib|%|km)", re.IGNORECASE
)
_QUOTED: Final = re.compile(r"'([^']+)'")
_ADVICE: Final = re.compile(r"(use|give|set|add|name|make|choose|copy|openssl|songhua|write|or:) ?")
"""How the part of a sentence begins that says what to do."""
_PREFIXES: Final = ("Value error, ", "Assertion failed, ")
_NUMBERS: Final = ("int_", "float_", "greater_", "less_", "finite_", "multiple_")
_UNITS: Final = {
    "_s": "seconds", "_seconds": "seconds", "_ms": "milliseconds", "_min": "minutes", "_h": "hours",
    "_hours": "hours",
    "_days": "days", "_mb": "megabytes", "_m": "metres", "_db": "decibels", "_km": "kilometres",
}  # fmt: skip


def mistake(error: dict[str, Any], told: Any) -> Mistake:
    """`error` is one of pydantic's, `told` what was written there: it is looked at and never repeated."""
    path: KeyPath = tuple(error["loc"])
    kind, said = str(error["type"]), _bare(str(error["msg"]))
    remedy = _as_described(path)
    if kind in {"value_error", "assertion_error"}:
        said, advice = divided(said)
        remedy = advice or remedy
    elif kind == "missing":
        said, above = "it is missing", key_of(path[:-1]) or "the file"
        remedy = f"add {path[-1]} = … to {above}{_description(path)}"
    elif kind.startswith(_NUMBERS):
        remedy = _number(path, told, said)
    elif kind.startswith("bool_"):
        said, remedy = "it is neither true nor false", "write true or false, without quotation marks"
    elif kind in {"literal_error", "enum"}:
        remedy = _one_of(path, told, str(error.get("ctx", {}).get("expected", "")))
    elif kind.startswith(("model_", "dict_", "list_", "tuple_", "string_type", "mapping_")):
        said, remedy = _shape(said), _shape_remedy(kind, path)
    return Mistake(path, said, remedy)


def divided(said: str) -> tuple[str, str]:
    """Cause and remedy of a sentence of ours, which mostly says last what to do."""
    for mark in ("; ", ": ", ", "):
        cause, found, remedy = said.rpartition(mark)
        if found and (mark == "; " or _ADVICE.match(remedy)):
            return cause, remedy
    return said, said if _ADVICE.match(said) else ""


def unit_of(name: str) -> str:
    """The unit that a key's name says; empty for none."""
    return next((unit for ending, unit in _UNITS.items() if name.endswith(ending)), "")


def _bare(said: str) -> str:
    for prefix in _PREFIXES:
        said = said.removeprefix(prefix)
    return said


def _number(path: KeyPath, told: Any, said: str) -> str:
    name = str(path[-1]) if path else ""
    unit = unit_of(name)
    if isinstance(told, str) and _UNIT.fullmatch(told.strip()):
        return f"write the number alone; its unit is {unit or 'in the description'}{_description(path)}"
    bound = said.partition("should be ")[2]
    number = f"give a number{f' of {unit}' if unit else ''}{_default(path)}"
    if bound and "valid" not in bound:
        return f"{number}, {bound}"
    return f"{number}, without quotation marks" if isinstance(told, str) else number


def _one_of(path: KeyPath, told: Any, expected: str) -> str:
    field = field_at(path)
    words = _QUOTED.findall(expected) or (offered(field) if field is not None else [])
    meant = nearest(told, words) if isinstance(told, str) else ""
    first = f"did you mean {meant}? " if meant else ""
    return f"{first}choose one of: {', '.join(words)}" if words else _as_described(path)


def _shape(said: str) -> str:
    return said.replace("a valid dictionary or instance of", "a section:").replace(
        "valid dictionary", "table"
    )


def _shape_remedy(kind: str, path: KeyPath) -> str:
    name = path[-1] if path else ""
    if kind.startswith(("list_", "tuple_")):
        return f"write a list: {name} = [ … ]"
    if kind.startswith("string_type"):
        return f'write it in quotation marks: {name} = "…"'
    return f"write a section: [{key_of(path)}], or {name} = {{ … }}"


def _description(path: KeyPath) -> str:
    field = field_at(path)
    return f" ({field.description})" if field is not None and field.description else ""


def _default(path: KeyPath) -> str:
    field = field_at(path)
    known = (
        field is not None and isinstance(field.default, int | float) and not isinstance(field.default, bool)
    )
    return f" (usual: {field.default:g})" if known and field is not None else ""


def _as_described(path: KeyPath) -> str:
    field = field_at(path)
    if field is not None and field.description:
        return f"give what the key is for: {field.description}"
    return "change it so that this holds (songhua config example)"
