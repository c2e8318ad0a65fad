"""`songhua ivr`: check a flow, and hear what a prompt says."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.common import FAILED, JsonOption, fail, out, print_json
from ivr.flows.lint import lint_file
from ivr.library import NoSuchPrompt, prompt_path, texts

app = typer.Typer(help="What callers hear: check flows, look at prompts.", no_args_is_help=True)


@app.command()
def lint(
    flows: Annotated[list[Path], typer.Argument(help="Flow files (YAML).", exists=True, dir_okay=False)],
    as_json: JsonOption = False,
) -> None:
    """Say what is wrong with flows, line by line. Exit code 1 if any has an error."""
    found = {str(file): lint_file(file) for file in flows}
    if as_json:
        print_json(
            {
                file: [
                    {"line": one.line, "level": one.level, "code": one.code, "zh": one.zh, "en": one.en}
                    for one in problems
                ]
                for file, problems in found.items()
            }
        )
    else:
        for file, problems in found.items():
            for one in problems:
                out.print(f"{file}:{one}", markup=False, highlight=False, soft_wrap=True)
            if not problems:
                out.print(f"{file}: ok", markup=False)
    if any(one.level == "error" for problems in found.values() for one in problems):
        raise typer.Exit(FAILED)


@app.command()
def say(
    prompt: Annotated[str | None, typer.Argument(help="The prompt's id; without it, all ids.")] = None,
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    as_json: JsonOption = False,
) -> None:
    """What a prompt says and where its sound is, so that it can be played."""
    known = texts()
    if prompt is None:
        if as_json:
            print_json(known)
        else:
            for name, said in known.items():
                out.print(f"{name:22} {said.get(language, '')}", markup=False, highlight=False)
        return
    try:
        file = prompt_path(prompt, language)
    except NoSuchPrompt as missing:
        fail(missing.detail, missing.remedy)
    text = known.get(prompt, {}).get(language, "")
    if as_json:
        print_json({"prompt": prompt, "language": language, "text": text, "file": str(file)})
    else:
        out.print(f"{text}\n{file}", markup=False, highlight=False, soft_wrap=True)
