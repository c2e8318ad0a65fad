"""The systemd units: one for all roles, one for each role; they differ in nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

UNITS = Path(__file__).resolve().parents[2] / "deploy" / "systemd"


def settings(name: str) -> list[str]:
    lines = (UNITS / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_both_units_are_the_same_but_for_the_role() -> None:
    one = [
        line.replace(" --role %i", "").replace("role %i", "the communications core of a hotline")
        for line in settings("songhua@.service")
    ]
    assert one == settings("songhua.service")


@pytest.mark.parametrize("name", ["songhua.service", "songhua@.service"])
def test_the_centre_goes_on_when_the_kernel_ends_the_process_that_trains(name: str) -> None:
    """Without it systemd ends the whole unit as soon as one of its processes was killed for memory."""
    assert "OOMPolicy=continue" in settings(name)
