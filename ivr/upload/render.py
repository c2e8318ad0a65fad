"""Prompts from text: the voices live in a throw-away environment of a workstation, never in the gateway."""

from __future__ import annotations

from typing import NoReturn

from ivr.upload.errors import RenderingMissing


def refuse() -> NoReturn:
    """Always raises `RenderingMissing`, which says how a text becomes a prompt all the same."""
    raise RenderingMissing(
        "the voices are no part of the service",
        remedy="add the text to ivr/prompts/texts.yaml on a workstation, run scripts/render-prompts --only "
        "ID there, listen to it, and upload the WAV",
    )
