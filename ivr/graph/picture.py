"""A drawing in the requested format; SVG only with Graphviz installed."""

from __future__ import annotations

import shutil
import subprocess
from typing import Final

from core.environment import without_secrets
from core.errors import Unavailable
from ivr.flows.model import Flow
from ivr.graph.model import draw
from ivr.graph.write import WRITERS, Form, dot

DEADLINE_S: Final = 20
MOST_BYTES: Final = 8 << 20


class GraphvizMissing(Unavailable):
    kind = "ivr-graphviz-missing"
    title = "No program for SVG is installed"


def picture(flow: Flow, form: Form) -> str:
    """Blocks for the time that `dot` takes. Raises `GraphvizMissing`."""
    drawing = draw(flow)
    if form != "svg":
        return WRITERS[form](drawing)
    program = shutil.which("dot")
    if program is None:
        raise GraphvizMissing(
            "Graphviz's dot is not installed",
            remedy="install graphviz, or take --format mermaid, dot or text",
        )
    try:
        done = subprocess.run(  # noqa: S603  # a program of the machine, fed with our own text
            [program, "-Tsvg"],
            input=dot(drawing).encode(),
            capture_output=True,
            timeout=DEADLINE_S,
            check=True,
            env=without_secrets(),
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise GraphvizMissing(
            f"dot failed: {type(error).__name__}", remedy="take --format mermaid"
        ) from error
    return done.stdout[:MOST_BYTES].decode(errors="replace")
