"""`songhua` with some words, in a loop of its own, beside a test that has one."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from typer.testing import CliRunner

from gateway.cli import build


def invoke(*words: object) -> Any:
    """The result of Click's runner; only the subject of the first word is imported."""
    asked = [str(word) for word in words]
    return CliRunner().invoke(build([asked[0]]), asked)


async def told_text(*words: object, code: int = 0) -> str:
    done = await asyncio.to_thread(invoke, *words)
    assert done.exit_code == code, (done.output, done.exception)
    return str(done.output)


async def told_json(*words: object, code: int = 0) -> Any:
    done = await asyncio.to_thread(invoke, *words, "--json")
    assert done.exit_code == code, (done.output, done.exception)
    return json.loads(done.stdout)
