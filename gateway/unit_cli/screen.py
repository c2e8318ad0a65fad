"""The terminal's screen: lines of text for a person, or one JSON object a line for a program."""

from __future__ import annotations

import json
from typing import Any

import typer

from gateway.unit_cli.button import ButtonState
from gateway.unit_cli.jobs import TerminalJob
from gateway.unit_cli.talk import News, TalkAnnouncement
from gateway.unit_cli.words import CAUSES, WORDS, Language


class Screen:
    def __init__(self, language: Language, *, as_json: bool) -> None:
        self._words = {key: word.in_language(language) for key, word in WORDS.items()}
        self._causes = {key: cause.in_language(language) for key, cause in CAUSES.items()}
        self._as_json = as_json

    def word(self, key: str) -> str:
        """The text of this key in the terminal's language."""
        return self._words[key]

    def line(self, kind: str, text: str = "", **fields: Any) -> None:
        """One thing that happened; `fields` are for programs only."""
        if self._as_json:
            typer.echo(json.dumps({"kind": kind, **fields}, ensure_ascii=False, default=str))
        else:
            typer.echo(f"{self._words.get(kind, kind)} {text}".rstrip())

    def job(self, number: int, job: TerminalJob) -> None:
        body = job.body
        if self._as_json:
            shown = body.model_dump(mode="json", exclude_none=True, exclude={"kind"})
            self.line(body.kind, **shown, step=job.step, reason=job.reason)
            return
        urgent = f" !{self._words['urgent']}!" if body.urgent else ""
        typer.echo(
            f"#{number}{urgent} {body.case_number} {body.category} — {self._words.get(job.step, job.step)}"
        )
        for text in (body.place, body.description):
            if text:
                typer.echo(f"    {text}")

    def floor(self, news: News) -> None:
        """What became of the talk button, and who talks."""
        match news:
            case ButtonState(kind, cause, limit_s, position):
                told = {"cause": cause, "limit_s": limit_s, "position": position}
                text = self._causes.get(cause, cause)
                if limit_s is not None or position is not None:
                    text = f"{limit_s:.0f}" if limit_s is not None else str(position)
                self.line(f"floor_{kind}", text, **{name: value for name, value in told.items() if value})
            case TalkAnnouncement(kind, group, party, name, emergency, cause):
                urgent = f"!{self._words['emergency']}! " if emergency else ""
                text = f"{urgent}{name or party} {group} {self._causes.get(cause, cause)}" if group else ""
                self.line(
                    f"floor_{kind}", text.rstrip(),
                    talkgroup=group, party=party, name=name, emergency=emergency, cause=cause,
                )  # fmt: skip
