"""The active flows and prompts in memory: the built-in ones, overlaid by active versions.

A change is tried first: every flow is linted with it, and the change is applied only when none has an error.
A call keeps its engine and prompts until it ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.translation import gettext_lazy as _
from ivr.flows.book import FlowBook
from ivr.flows.lint import lint
from ivr.flows.load import FlowInvalid, FlowProblem, FlowSource, load
from ivr.library import Library
from ivr.versions.errors import NoSuchVersion, PromptInUse
from ivr.versions.files import ActiveVersion
from ivr.versions.model import BUILT_IN, Subject
from ivr.versions.overlay import Overlay, key


@dataclass(frozen=True, slots=True)
class ActivationChange:
    """`number` of `subject` comes into force: `source` for a flow, `file` for a prompt, neither for 0."""

    subject: Subject
    number: int
    sha256: str = ""
    source: FlowSource | None = None
    file: Path | None = None


class ActiveVersions:
    def __init__(self, book: FlowBook, texts: Mapping[str, bytes]) -> None:
        self._book = book
        self._below: Library = book.library
        self.texts = dict(texts)
        """The built-in flows as they are written, by name."""
        self._built_in = {name: book.source(name) for name in book.names()}
        self._flows: dict[str, FlowSource] = dict(self._built_in)
        self._prompts: dict[Subject, Path] = {}
        self._entries: dict[Subject, ActiveVersion] = {}

    @property
    def entries(self) -> Mapping[Subject, ActiveVersion]:
        """What is in force and not built in."""
        return self._entries

    @property
    def library(self) -> Library:
        """The prompts that callers hear now."""
        return self._book.library

    def names(self) -> list[str]:
        """Names of all flows, sorted."""
        return sorted(self._flows)

    def source(self, name: str) -> FlowSource:
        """The YAML that callers hear now, and where it is from."""
        return self._book.source(name)

    def number(self, subject: Subject) -> int:
        entry = self._entries.get(subject)
        return BUILT_IN if entry is None else entry.number

    def check(self, subject: Subject, text: bytes) -> tuple[FlowSource, list[FlowProblem]]:
        """A flow's text with what the linter says. Raises `FlowInvalid` for text that is no such flow."""
        source = load(text)
        before = self._built_in.get(subject.plain)
        wrong = []
        if source.flow.flow != subject.plain:
            wrong.append(
                FlowProblem(
                    source.line("flow"), "error", "another-name",
                    _("the flow must be called {flow} in its text too", flow=subject.plain),
                )
            )  # fmt: skip
        if before is not None and source.flow.purpose != before.flow.purpose:
            wrong.append(
                FlowProblem(
                    source.line("purpose"), "error", "another-purpose",
                    _(
                        "{flow} must have the purpose {purpose}",
                        flow=subject.plain, purpose=before.flow.purpose,
                    ),
                )
            )  # fmt: skip
        if wrong:
            raise FlowInvalid(wrong)
        return source, lint(source, self.library)

    def try_on(self, change: ActivationChange) -> None:
        """Raises `FlowInvalid`, `PromptInUse` or `NoSuchVersion`: then it must not be put into force."""
        flows, _prompts, library = self._with(change)
        for name, source in flows.items():
            errors = [problem for problem in lint(source, library) if problem.level == "error"]
            if not errors:
                continue
            if change.subject.kind == "flow":
                if name != change.subject.plain:
                    continue  # that one was so before, and this change does not make it worse
                raise FlowInvalid(errors)
            raise PromptInUse(
                f"{change.subject.name} is played by the flow {name}",
                remedy=f"change the flow {name} first, or upload another sound for this prompt",
                flow=name,
            )

    def put(self, change: ActivationChange) -> None:
        """Activate from the next call on. Raises as `try_on`, and then nothing has changed."""
        self.try_on(change)
        flows, prompts, library = self._with(change)
        if change.subject.kind == "prompt":
            self._book.library = library
            for name, source in flows.items():
                self._book.put(name, source)  # each engine keeps the prompts that it was made with
        else:
            self._book.put(change.subject.plain, flows[change.subject.plain])
        self._flows, self._prompts = flows, prompts
        if change.number == BUILT_IN:
            self._entries.pop(change.subject, None)
        else:
            self._entries[change.subject] = ActiveVersion(change.number, change.sha256)

    def built_in_prompt(self, subject: Subject) -> Path | None:
        """The file below the uploaded ones, in exactly this language."""
        if not self._below.has(subject.plain, subject.language):
            return None
        return self._below.find(subject.plain, subject.language)

    def users(self, subject: Subject) -> list[str]:
        """The flows in force that play a prompt."""
        return [name for name, source in sorted(self._flows.items()) if self._uses(source, subject)]

    def _with(self, change: ActivationChange) -> tuple[dict[str, FlowSource], dict[Subject, Path], Library]:
        flows, prompts = dict(self._flows), dict(self._prompts)
        if change.subject.kind == "flow":
            source = change.source or self._built_in.get(change.subject.plain)
            if source is None:
                raise NoSuchVersion(
                    f"{change.subject.name} has no built-in version",
                    remedy="activate one of its own versions",
                )
            flows[change.subject.plain] = source
            return flows, prompts, self.library
        prompts.pop(change.subject, None)
        if change.file is not None:
            prompts[change.subject] = change.file
        return flows, prompts, Overlay(self._below, {key(one): file for one, file in prompts.items()})

    @staticmethod
    def _uses(source: FlowSource, subject: Subject) -> bool:
        for _step, prompt in source.flow.prompts():
            name, _at, only = prompt.partition("@")
            spoken = [only] if only else source.flow.languages
            if name == subject.plain and subject.language in spoken:
                return True
        return False
