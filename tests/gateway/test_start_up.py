"""What a process loads when it starts: the list of commands none of them, a role nothing of the others."""

from __future__ import annotations

import inspect
import subprocess
import sys

import pytest
from typer.main import get_command

from gateway.cli import COMMANDS, LISTED, build
from tests.peers.checkout import CHECKOUT

DATABASE = ("sqlalchemy", "alembic", "aiosqlite", "asyncpg")
WEB = ("fastapi", "starlette", "uvicorn")
FIGURES = ("numpy", "scipy", "pyarrow", "onnxruntime")
LANGUAGE = ("pypinyin", "cn2an", "jieba", "rapidfuzz", "yaml")
ROOMS = ("cases.room", "cdr.room", "hotline.room", "identity.room", "ivr.room", "speech.room")
LINKS = ("paho", "gateway.ami.client", "jinja2", "prometheus_client", "cryptography")

STARTS = {
    "help": (
        "import sys; sys.argv = ['songhua', '--help']; import gateway.cli; gateway.cli.main()",
        (*DATABASE, *WEB, *FIGURES, *LANGUAGE, *ROOMS, "radio_bridge.room", *LINKS, "pydantic", "structlog"),
    ),
    "supervisor": (
        "import gateway.commands.serve",
        (*DATABASE, *WEB, *FIGURES, *LANGUAGE, *ROOMS, "radio_bridge.room", *LINKS, "ctypes"),
    ),
    "speech": (
        "import gateway.commands.serve, gateway.wiring.speech",
        (
            *DATABASE, "fastapi", "scipy", "pyarrow", *LANGUAGE,
            "radio_bridge.room", "cases.room", "gateway.ami.client", "jinja2", "cryptography",
        ),
    ),
    "radio": (
        "import gateway.commands.serve, gateway.wiring.radio",
        (
            "alembic", "fastapi", "scipy", "pyarrow", "onnxruntime", *LANGUAGE, *ROOMS, "gateway.ami.client",
            "jinja2",
        ),
    ),
    "centre": (
        "import gateway.commands.serve, gateway.wiring.centre",
        ("alembic", "scipy", "pyarrow", "onnxruntime", "jieba", "jinja2", "speech.room"),
    ),
}  # fmt: skip
"""What a process imports at its start, and what it must not load by that."""


@pytest.mark.parametrize("process", STARTS)
def test_a_process_loads_no_more_than_it_needs(process: str) -> None:
    imports, unwanted = STARTS[process]
    told = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print('loaded', *[one for one in {unwanted!r} if one in sys.modules]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", told + imports],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "loaded"


def test_the_list_says_of_each_subject_what_it_says_of_itself() -> None:
    subjects = get_command(build(list(COMMANDS)))
    says = {
        name: inspect.cleandoc(one.help or "").split("\n\n")[0]
        for name, one in vars(subjects)["commands"].items()
    }
    assert {name: " ".join(lines.split()) for name, lines in says.items()} == LISTED
    assert list(LISTED) == list(COMMANDS)
