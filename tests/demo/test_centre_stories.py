"""Stories of the centre are played alone or together, and each of their steps has a key of its own."""

from __future__ import annotations

from typing import cast

import pytest

from tests.demo.centre_stage import CentreStage
from tests.demo.centre_stories import STORIES, named


@pytest.mark.parametrize(
    ("said", "names"),
    [("loop", ("loop",)), ("loop,drill", ("loop", "drill")), ("zh", ()), ("drill,zh", ()), ("", ())],
)
def test_only_stories_of_the_centre_share_a_stage(said: str, names: tuple[str, ...]) -> None:
    assert named(said) == names


def test_no_step_hides_another() -> None:
    stage = cast("CentreStage", None)
    keys = [line.key for story in STORIES.values() for line, _ in story(stage).chapters()]
    assert len(keys) == len(set(keys))
