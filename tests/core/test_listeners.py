"""Nothing of the product listens in a way of its own: every TCP server gets a socket with places."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.peers.checkout import CHECKOUT

LISTENERS = {
    "gateway/agi/server.py", "gateway/web/server.py", "radio_bridge/sound/legs.py",
    "sensing/gb28181/sockets.py", "sensing/nmea/service.py", "speech/audiosocket/server.py",
}  # fmt: skip
SERVERS = {"create_server", "start_server", "create_unix_server", "start_unix_server", "serve"}
ELSEWHERE = {"tests", "console", "scripts", "lab"}


def product() -> Iterator[Path]:
    for file in sorted(CHECKOUT.glob("[a-z]*/**/*.py")):
        if file.relative_to(CHECKOUT).parts[0] not in ELSEWHERE:
            yield file


def servers(tree: ast.AST) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in SERVERS:
            names = {one.arg for one in node.keywords}
            if node.func.attr != "serve" or "sockets" in names:
                yield node


def test_every_server_gets_a_socket_with_limits() -> None:
    found = set()
    for file in product():
        text = file.read_text(encoding="utf-8")
        if not any(name in text for name in SERVERS):
            continue
        for call in servers(ast.parse(text)):
            name = str(file.relative_to(CHECKOUT))
            found.add(name)
            assert {"sock", "sockets"} & {one.arg for one in call.keywords}, f"{name}:{call.lineno}"
            assert "listen(" in text, name
    assert found == LISTENERS
