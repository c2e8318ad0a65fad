"""Public names of a package, imported on first use: code that needs only the package's settings does not load
the rest of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Any, Final

LAZY: Final[dict[str, Sequence[str]]] = {}
"""The packages whose names are imported on first use, and their modules in the order of `public_names`."""


def public_names(package: str, modules: Sequence[str]) -> Callable[[str], Any]:
    """A package's `__getattr__` (PEP 562). A name of its `__all__` is looked for in these modules of it, in
    this order.
    """
    LAZY[package] = modules

    def find(name: str) -> Any:
        if name in sys.modules[package].__all__:
            for module in modules:
                loaded = import_module(f"{package}.{module}")
                if hasattr(loaded, name):
                    return getattr(loaded, name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find
