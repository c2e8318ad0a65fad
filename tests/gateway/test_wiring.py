"""The wiring connects rooms and decides nothing about calls, cases, units or rights.

Signs of a rule that belongs in a room: the wiring reads its tables, asks for a person's role, holds a table
of words of its own, or has a long function. Each exception is listed with its reason, and goes when it is
not needed any more.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from typing import Final

import pytest

from tests.peers.checkout import CHECKOUT

WIRING: Final = CHECKOUT / "gateway" / "wiring"
LONGEST: Final = 60
"""Lines of a function or method."""


def _functions(tree: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _reads_tables(tree: ast.Module) -> bool:
    """It imports SQLAlchemy, or a module `store` or `tables` of a room."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or node.module is None:
            continue
        root = node.module.partition(".")[0]
        modules = {node.module.rpartition(".")[2], *(alias.name for alias in node.names)}
        if root == "sqlalchemy" or (root != "gateway" and modules & {"store", "tables"}):
            return True
    return False


def _asks_roles(tree: ast.Module) -> bool:
    """It calls `has`, `within` or `require…` of a person."""
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr in {"has", "within"} or node.func.attr.startswith("require_"))
        for node in ast.walk(tree)
    )


def _holds_words(tree: ast.Module) -> bool:
    """It has a constant set or mapping of plain words."""
    values = (node.value for node in tree.body if isinstance(node, ast.Assign | ast.AnnAssign))
    return any(
        isinstance(inner, ast.Set | ast.Dict)
        and any(
            isinstance(one, ast.Constant) and isinstance(one.value, str)
            for one in ast.iter_child_nodes(inner)
        )
        for value in values
        if value is not None
        for inner in ast.walk(value)
    )


def _is_long(tree: ast.Module) -> bool:
    return any((one.end_lineno or one.lineno) - one.lineno > LONGEST for one in _functions(tree))


SIGNS: Final[Mapping[str, tuple[Callable[[ast.Module], bool], Mapping[str, str]]]] = {
    "reads tables": (
        _reads_tables,
        {
            "cameras": "a verification by camera names its pictures in the case's own transaction",
            "incident_conferences": "a case's timeline has conferences and their recordings in the ledger",
            "patches": "a patch lies near a case whose position only its table has",
            "case_documents": "a printed case names people and units, which two rooms keep",
            "case_pruning": "a hold is asked for in the transaction that deletes, which is another room's",
            "case_timeline": "what a case has in four rooms is put in one order by their tables",
            "cdr": "a talk is handed over in the ledger's own shape",
            "callbacks": "which calls nobody watched is a question to the tables of two rooms at once",
            "department_photos": "a department's photos lie with crews' and a case's with its report",
            "inspectors": "what an inspector took for a task of cases lies with crews' photos",
            "operating_mode": "who approved a change is the identity's, and which change it was the cases'",
            "privacy": "the sealed tables are data of the ledger",
            "cases_of_others": "what another centre handled is read from the outbox, which is no room's",
            "switch_boards": "which calls another switch carried is what the ledger's names of calls say",
            "sealing": "which tables are sealed: the ledger's and the audit trail's",
            "warnings": "a text to a unit commits with the mark that it was told, which is another room's",
            "wechat_staff": "a member of staff finds his work by the numbers of cases, in two rooms at once",
            "settings_changes": "the settings are the gateway's own, and so is their row in the audit trail",
        },
    ),
    "asks for roles": (
        _asks_roles,
        {
            "alarms": "whether a user may acknowledge an emergency is told to the hotline as a fact",
            "centre": "a program with a token may read metrics if it is for that operation",
            "scope_filter": "compares what an event says of itself with the viewer's scopes",
        },
    ),
    "holds words": (
        _holds_words,
        {
            "alarms": "what the switch calls a telephone that is not there",
            "case_timeline": "the kinds of a timeline's entries that other rooms fill",
            "control": "contexts and variables of the dialplan, states of a telephone in the switch's words",
            "incident_conferences": "contexts of the dialplan, states of a telephone in the switch's words",
            "ivr": "contexts and variables of the dialplan",
            "paging": "by which event of the switch the dialplan tells of a page",
            "rights": "the rooms by name",
            "sealing": "columns that an erasure may empty",
        },
    ),
    "has a long function": (_is_long, {}),
}


def _modules() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(WIRING.glob("*.py")):
        yield path.stem, ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("sign", SIGNS)
def test_only_listed_modules_show_a_sign_of_a_rule(sign: str) -> None:
    shows, allowed = SIGNS[sign]
    assert {name for name, tree in _modules() if shows(tree)} == set(allowed)
