"""The measures of the structure count what they say."""

from __future__ import annotations

from tests.scripts.structure import Tree, table

PORTS = '''
class Sink(Protocol):
    def take(self, frame: bytes) -> None:
        """One frame."""

    def end(self) -> None: ...
'''
SERVICE = '''
class Player(Sink):
    def take(self, frame): ...
    def end(self): ...
    def _hidden(self): ...

class Fulfils:
    def take(self, frame): ...
    def end(self): ...
    def more(self):
        """Says something."""

class Takes:
    def take(self, frame): ...

def plays(): ...

class Loop:
    def data_received(self, data): ...
'''


def tree(**changes: str) -> Tree:
    files = {
        "hotline/__init__.py": "",
        "hotline/ports.py": PORTS,
        "hotline/service.py": SERVICE,
        "ivr/__init__.py": "",
        "ivr/model.py": "class Player:\n    pass\n",
        "tests/__init__.py": "",
        "tests/test_it.py": "class Player:\n    pass\n",
        "docs/page.md": "Two words",
        "docs/decisions/0001.md": "three more words",
    }
    return Tree("HEAD", files | changes)


def test_a_room_is_a_package_of_the_product() -> None:
    assert tree().rooms == ["hotline", "ivr"]
    assert tree().lines("hotline") == PORTS.count("\n") + SERVICE.count("\n")
    assert tree().words("docs/") == 5
    assert tree(**{"docs/table.md": "word\n| a | b |\n"}).words("docs/", tables=False) == 6


def test_a_class_name_in_two_files_is_counted_and_tests_are_not() -> None:
    several = {name for name, files in tree().classes.items() if len(files) > 1}
    assert several == {"Player"}


def test_a_method_is_documented_by_itself_its_base_or_the_protocol_that_its_class_fulfils() -> None:
    functions = tree().functions
    documented = sorted(name.split(" ")[1] for name, has in functions.items() if has)
    # `take` of the protocol, of its subclass and of what has all of its methods; not where `end` is missing.
    assert documented == ["more", "take", "take", "take"]
    assert len(functions) == 9


def test_a_field_is_named_as_a_whole_word_outside_of_tests_and_drafting() -> None:
    named = tree(
        **{
            "hotline/a.py": "crossing = 1\n", "hotline/b.py": "level_crossing = 1\n",
            "console/desk/Form.vue": "draft.crossing\n", "console/desk/form.test.ts": "crossing\n",
            "cases/drafting/places.py": "crossing\n",
        }
    ).naming("crossing")  # fmt: skip
    assert named == ["console/desk/Form.vue", "hotline/a.py"]


def test_the_table_has_a_column_for_each_tree() -> None:
    lines = table([tree(), tree(**{"ivr/model.py": ""})]).splitlines()
    assert {line.count("|") for line in lines} == {4}
    assert "| of them in several files | 1 (20.0%) | 0 (0.0%) |" in lines
