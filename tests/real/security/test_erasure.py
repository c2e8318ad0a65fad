"""Who asks to be forgotten is: after an erasure, the number stands nowhere that this system writes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.real.security.planted_number import NUMBER, SPELT, PlantedWorld

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlantedWorld]:
    with PlantedWorld(tmp_path_factory.mktemp("planted")) as made:
        yield made


def test_after_an_erasure_the_number_stands_nowhere(world: PlantedWorld) -> None:
    world.plant()
    forms = (NUMBER, "139 0618 0339", SPELT)
    planted = world.where_it_stands(*forms)
    for place in ("case_calls.caller", "cases.description", "cdr_filings.payload", "cdr_segments.text",
                  "hotline_callbacks.entry", "hotline_nuisance.number", "outbox.envelope", "radio_texts.text",
                  "asterisk/log/cel-custom/calls.csv"):  # fmt: skip
        assert place in planted, "it must stand there first"
    assert not [place for place in planted if "Master.csv" in place or "queue_log" in place]
    world.service.run("cdr", "erase", NUMBER, "--reason", "asked for", "--alone")
    assert world.where_it_stands(*forms) == []
    world.verifies()
