"""Not there yet."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


class NotReady(Exception):
    """Something that speech needs is not there."""


def add_options(parser: argparse.ArgumentParser) -> None:
    del parser


def run(chosen: argparse.Namespace, page: Path, rules: dict[str, Any]) -> int:
    raise NotReady(f"{chosen} {page} {rules}")
