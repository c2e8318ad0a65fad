"""Which modules a module has imported, directly or through others: told while they are imported."""

from __future__ import annotations

import builtins
import contextlib
import importlib.util
import sys
from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType

from core.lazy import LAZY


class ImportGraph:
    """Within `watch`, every `import` statement is noted: who asked for what."""

    def __init__(self) -> None:
        self._asked: dict[str, set[str]] = {}

    @contextlib.contextmanager
    def watch(self) -> Iterator[None]:
        original = builtins.__import__

        def noted(
            name: str,
            globals: Mapping[str, object] | None = None,  # noqa: A002  # the names of the function replaced
            locals: Mapping[str, object] | None = None,  # noqa: A002
            fromlist: Sequence[str] | None = (),
            level: int = 0,
        ) -> ModuleType:
            found = original(name, globals, locals, fromlist, level)
            if globals is not None:
                asked = self._asked.setdefault(str(globals.get("__name__")), set())
                whole = name
                if level:
                    whole = importlib.util.resolve_name(
                        "." * level + name, str(globals.get("__package__") or "")
                    )
                asked.add(whole)
                for one in fromlist or ():
                    if f"{whole}.{one}" in sys.modules:
                        asked.add(f"{whole}.{one}")
                    elif whole in LAZY:
                        hasattr(found, one)  # imports it
                        asked.update(_looked_at(whole, one))
            return found

        builtins.__import__ = noted
        try:
            yield
        finally:
            builtins.__import__ = original

    def reached(self, name: str) -> set[str]:
        """The module and all that it has imported, with the packages that they stand in."""
        found: set[str] = set()
        left = [name]
        while left:
            one = left.pop()
            if one not in found:
                found.add(one)
                left.extend(self._asked.get(one, ()))
                package, _, _ = one.rpartition(".")
                if package:
                    left.append(package)
        return found


def _looked_at(package: str, name: str) -> Iterator[str]:
    """The modules of a package with lazy names that are imported until this name of it is found."""
    for module in LAZY[package]:
        whole = f"{package}.{module}"
        yield whole
        if hasattr(sys.modules.get(whole), name):
            return
