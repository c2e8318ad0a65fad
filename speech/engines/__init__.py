"""Recognisers behind one port; found by the entry-point group `songhua.speech_engines`."""

from __future__ import annotations

from importlib.metadata import entry_points

from speech.engines.port import EngineOptions, Expected, Hypothesis, Recogniser, SpeechEngine, certain

GROUP = "songhua.speech_engines"

__all__ = [
    "GROUP",
    "EngineOptions",
    "Expected",
    "Hypothesis",
    "Recogniser",
    "SpeechEngine",
    "certain",
    "installed",
    "load",
]


def installed() -> list[str]:
    """The names of the engines that this environment has."""
    return sorted(entry_points(group=GROUP).names)


def load(name: str, options: EngineOptions) -> SpeechEngine:
    """The engine `name` with its model loaded, which takes seconds.

    A name `package.module:Class` that is not installed as an entry point is imported as it stands.
    Raises `UnknownEngine`, `ModelMissing`, or what a plug-in raises.
    """
    found = entry_points(group=GROUP, name=name)
    if found:
        _check_one(name, {one.value for one in found})
        factory = next(iter(found)).load()
    elif ":" in name:
        factory = _imported(name)
    else:
        from speech.errors import UnknownEngine  # noqa: PLC0415  # keeps the start of a worker short

        raise UnknownEngine(
            f"no speech engine named {name!r}", remedy=f"choose one of: {', '.join(installed()) or 'none'}"
        )
    engine: SpeechEngine = factory(options)
    return engine


def _check_one(name: str, offered: set[str]) -> None:
    if len(offered) > 1:
        from speech.errors import UnknownEngine  # noqa: PLC0415  # as above

        raise UnknownEngine(
            f"{len(offered)} packages offer a speech engine {name!r}: {', '.join(sorted(offered))}",
            remedy="uninstall all but one of them",
        )


def _imported(name: str) -> type[SpeechEngine]:
    from importlib import import_module  # noqa: PLC0415  # only plug-ins named by path come here

    module, _, attribute = name.partition(":")
    factory: type[SpeechEngine] = getattr(import_module(module), attribute)
    return factory
