"""Debian's Prometheus with promtool: for the dashboards' hour of `scripts/soak` alone."""

from __future__ import annotations

import shutil

from .packages import install

PACKAGE = "prometheus"


def bring() -> str:
    """Both programs, where they are missing."""
    if shutil.which("prometheus") is not None and shutil.which("promtool") is not None:
        return "up to date"
    install([PACKAGE])
    return "installed"
