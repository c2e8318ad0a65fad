"""What can be wrong on a line: each fault changes this line alone, and it parses."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mutation import tree
from tests.mutation.operators import edits
from tests.peers.checkout import CHECKOUT

PRODUCT = [name for name in tree.files(CHECKOUT) if name.split("/")[0] in tree.ROOMS and name.endswith(".py")]


def faults(source: str) -> set[str]:
    """What the lines of a source may become, without their indentation."""
    return {edit.applied(source).split("\n")[edit.line - 1].strip() for edit in edits(source)}


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        ("x = a == b", {"x = a != b"}),
        ("x = a < b", {"x = a >= b", "x = a <= b"}),
        ("x = a >= b", {"x = a < b", "x = a > b"}),
        ("x = a in b", {"x = a not in b"}),
        ("x = a not  in b", {"x = a in b"}),
        ("x = a is not None", {"x = a is None"}),
        ("x = a and b", {"x = a or b"}),
        ("x = not a", {"x = a"}),
        ("x = a + b", {"x = a - b"}),
        ("x = a * b", {"x = a / b"}),
        ("x -= b", {"x += b"}),
        ("x = 5", {"x = 6", "x = 4"}),
        ("x = -5", {"x = -4", "x = -6"}),
        ("x = 0.5", {"x = 1.5", "x = -0.5"}),
        ("x = True", {"x = False"}),
        ("x = '热线'", {'x = ""'}),
        ("x = b'ab'", {'x = b""'}),
        ("x = f'a{b + 1}'", {'x = ""'}),
        ("x = '热线' if a < b else c", {'x = "" if a < b else c', "x = '热线' if a >= b else c",
                                       "x = '热线' if a <= b else c"}),
        ("call()", {"pass"}),
        ("raise Wrong", {"pass"}),
        ("x = 'a' + b", {'x = "" + b'}),
    ],
)  # fmt: skip
def test_each_operator_has_its_faults(line: str, becomes: set[str]) -> None:
    assert faults(line) == becomes


def test_a_returned_value_is_none_or_the_opposite() -> None:
    assert faults("def f():\n    return a") == {"return None"}
    assert faults("def f() -> bool:\n    return a") == {"return None", "return not (a)"}
    assert faults("def f():\n    return a == b") == {"return None", "return not (a == b)", "return a != b"}
    assert faults("def f():\n    return None") == set()
    assert faults("def f():\n    return 0") == {"return None", "return 1", "return -1"}
    assert faults("def f():\n    return a(\n        b\n    )") == {"return None and a("}


def test_what_is_awaited_is_left_out_with_all_its_lines() -> None:
    assert faults("async def f():\n    await a(\n        b\n    )") == {"None and await a("}
    assert faults("async def f():\n    await a(b)") == {"pass"}


def test_an_error_of_several_lines_is_made_and_not_raised() -> None:
    assert faults("raise Wrong(\n    a\n)") == {"Wrong("}


@pytest.mark.parametrize(
    "source",
    [
        '"""What it is for."""',
        'def f():\n    """What it does."""',
        "from a import b",
        "assert a == 1",
        "if TYPE_CHECKING:\n    x = 1",
        '__all__ = ["a"]',
        'T = TypeVar("T")',
        "class A(Protocol):\n    def f(self, a: int = 1) -> None: ...",
        "@overload\ndef f(a: int = 1) -> None: ...",
        'x: Literal["a"]',
        'Kind = Literal["a"]',
        '_log.warning("gone", count=1)',
        'x = Field(description="of whom")',
        "@dataclass(frozen=True)\nclass A:\n    pass",
        "x = list(zip(a, b, strict=True))",
    ],
)
def test_what_only_people_and_types_read_is_left_alone(source: str) -> None:
    assert faults(source) == set()


def test_the_rules_of_an_annotation_are_drawn_but_not_its_descriptions() -> None:
    assert faults('x: Annotated[int, Field(gt=3, description="a")]') == {
        'x: Annotated[int, Field(gt=4, description="a")]',
        'x: Annotated[int, Field(gt=2, description="a")]',
    }


@given(data=st.data())
def test_any_fault_of_the_product_is_one_line_that_parses_and_says_something_else(
    data: st.DataObject,
) -> None:
    name = data.draw(st.sampled_from(PRODUCT))
    source = (CHECKOUT / name).read_text(encoding="utf-8")
    found = edits(source)
    if not found:
        return
    edit = data.draw(st.sampled_from(found))
    changed = edit.applied(source)
    before, after = source.split("\n"), changed.split("\n")
    assert len(before) == len(after)
    assert [at for at, pair in enumerate(zip(before, after, strict=True), 1) if pair[0] != pair[1]] == [
        edit.line
    ]
    assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(source))
