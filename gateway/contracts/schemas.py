"""JSON Schemas of all types that cross to the console, in one set of definitions, each marked with its class.

A type that is sent has all its fields: a default is written out. A type that is received may lack those.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

Schema = Mapping[str, Any]
Mode = Literal["serialization", "validation"]
PREFIX = "#/definitions/"
MODULE, NAME = "x-module", "x-name"
INPUT = "-Input"
"""Ends the key of a definition that differs between what is sent and what is received."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`type` is any annotation that pydantic takes; `key` finds its schema again."""

    key: str
    type: Any
    mode: Mode = "serialization"


@dataclass(frozen=True, slots=True)
class Schemas:
    """`roots` by the keys that were asked for; `definitions` are what they refer to."""

    roots: Mapping[str, Schema]
    definitions: Mapping[str, Schema]


def generate(wanted: Sequence[Wanted]) -> Schemas:
    """Keys must differ."""
    made, definitions = _Generator(ref_template=PREFIX + "{model}").generate_definitions(
        [(one.key, one.mode, TypeAdapter(one.type).core_schema) for one in wanted]
    )
    by_name: dict[str, Schema] = {str(name): schema for name, schema in definitions.items()}
    return Schemas({key: schema for (key, _), schema in made.items()}, by_name)


class _Generator(GenerateJsonSchema):
    def field_is_required(
        self,
        field: core_schema.ModelField | core_schema.DataclassField | core_schema.TypedDictField,
        total: bool,  # pydantic's signature
    ) -> bool:
        if self.mode == "serialization" and field["type"] != "typed-dict-field":
            return field.get("serialization_exclude_if") is None
        return super().field_is_required(field, total)

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        return _marked(super().model_schema(schema), schema["cls"])

    def dataclass_schema(self, schema: core_schema.DataclassSchema) -> JsonSchemaValue:
        return _marked(super().dataclass_schema(schema), schema["cls"])

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        cls = schema.get("cls")
        made = super().typed_dict_schema(schema)
        return made if cls is None else _marked(made, cls)

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        return _marked(super().enum_schema(schema), schema["cls"])


def _marked(made: JsonSchemaValue, cls: type[Any]) -> JsonSchemaValue:
    name = re.sub(r"\[.*", "", cls.__name__)
    if str(made.get("description", "")).startswith(f"{name}("):  # a dataclass without words of its own
        del made["description"]
    return {**made, MODULE: cls.__module__, NAME: name}
