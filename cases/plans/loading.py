"""Plans out of a file that people write: TOML, or YAML by its ending."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from cases.errors import BrokenPlans
from cases.plans.model import PlanForms

EXAMPLES: Final = Path(__file__).with_name("examples")
MOST_BYTES: Final = 1024 * 1024
MOST_SAID: Final = 20


def read_plans(path: Path) -> PlanForms:
    """`[[plans]]` with `[[plans.steps]]`. Raises `BrokenPlans`, which names each place."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BrokenPlans(f"{path.name}: {error.strerror}") from error
    return parse_plans(data, yaml_form=path.suffix.casefold() in {".yaml", ".yml"})


def parse_plans(data: bytes, *, yaml_form: bool = False) -> PlanForms:
    """Raises `BrokenPlans`."""
    if len(data) > MOST_BYTES:
        raise BrokenPlans(f"it is larger than {MOST_BYTES} bytes", remedy="give several smaller files")
    try:
        text = data.decode("utf-8-sig")
        value: Any = yaml.load(text, Loader=yaml.CSafeLoader) if yaml_form else tomllib.loads(text)
        return PlanForms.model_validate(value)
    except ValidationError as error:
        raise BrokenPlans("; ".join(_said(dict(one)) for one in error.errors()[:MOST_SAID])) from error
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise BrokenPlans(f"it cannot be read: {error}"[:400]) from error


@cache
def example_plans() -> PlanForms:
    """Those that come with the program, marked as examples."""
    found = [one for path in sorted(EXAMPLES.glob("*.toml")) for one in read_plans(path).plans]
    return PlanForms(plans=tuple(found))


def _said(error: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"])
    return f"{place}: {str(error['msg']).removeprefix('Value error, ')}"
