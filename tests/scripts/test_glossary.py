"""The glossary is current, has each term once, and has the nouns of every event, topic and path."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final

from tests.peers.checkout import CHECKOUT
from tests.scripts.glossary import PAGE, page, singular, terms

# Plain English, not terms: what happens to a thing, and grammar.
PLAIN: Final = frozenset(
    """
    abort accept acknowledge act acted activate add again announce announced answer answered api
    approve asked assign attach audit back begin break cancel changed choose check claim claimed clear
    closed cmd complete config confirm decline detach discard down due editing end ended enrol erase
    erased exhausted expected extend failed filed follow forgotten glass hangup heard history import
    in left lift list live look marked me nearest new object offered out outcome over page passed paused
    pdf queued read reason reassign recalled received recorded register registered release remove
    render reported running req request res reset resume retire retired retrain retrieve revoke ring ringing
    roll search seen send sent set settle settled shared show sign similar start state stop suggested sync
    take undo
    unmute unreachable up ups use used v version waiting wanted warned way while withdraw wrap
    """.split()  # noqa: SIM905  # a list of words
)


def _names() -> dict[str, str]:
    """Each word of a wire name, and one name that has it."""
    found: dict[str, str] = {}

    def add(name: str) -> None:
        for word in re.findall(r"[a-z]+", re.sub(r"\{[^}]*\}|\bv1\b", "", name.lower())):
            found.setdefault(singular(word), name)

    for path in CHECKOUT.glob("*/**/events.py"):
        if path.relative_to(CHECKOUT).parts[0] not in ("tests", ".songhua"):
            for kind in re.findall(r'"[a-z_]+\.([a-z_]+)"', path.read_text(encoding="utf-8")):
                add(kind)
    for topic in re.findall(
        r"^    address: (\S+)", (CHECKOUT / "docs/asyncapi.yaml").read_text(encoding="utf-8"), re.MULTILINE
    ):
        add(topic)
    rights = (CHECKOUT / "docs/rights.md").read_text(encoding="utf-8")
    for operation in re.findall(r"(?:GET|POST|PUT|PATCH|DELETE|WEBSOCKET) (/[\w/{}.-]+)", rights):
        add(operation)
    return found


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(terms()), "run python -m tests.scripts.glossary"


def test_each_term_is_there_once_and_complete() -> None:
    known = terms()
    assert [term for term, times in Counter(one.term for one in known).items() if times > 1] == []
    assert [one.term for one in known if not all((one.definition, one.chinese, one.source))] == []


def test_nouns_of_events_topics_and_paths_are_in_the_glossary() -> None:
    words = set().union(*(one.words() for one in terms()))
    names = _names()
    assert len(names) > 100, "the names were not found"
    assert {word: name for word, name in names.items() if word not in words and word not in PLAIN} == {}
