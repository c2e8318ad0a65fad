"""`songhua ivr`: check and draw flows, hear what prompts say, and change both (`ivr_changes`)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from gateway.commands import ivr_changes
from gateway.commands.common import FAILED, ConfigOption, JsonOption, fail, load, out, print_json
from gateway.commands.ivr_changes import refused, subject_of, with_versions
from gateway.commands.ivr_hours import hours
from ivr.flows.lint import lint_file
from ivr.flows.load import FlowInvalid
from ivr.flows.load import load as load_flow
from ivr.graph.picture import picture
from ivr.library import NoSuchPrompt, prompt_path, texts
from ivr.versions.service import Versions

app = typer.Typer(help="What callers hear: check, draw and change flows and prompts.", no_args_is_help=True)
app.command()(hours)

for change in (
    ivr_changes.flows,
    ivr_changes.prompts,
    ivr_changes.versions,
    ivr_changes.show,
    ivr_changes.upload_flow,
    ivr_changes.upload_prompt,
    ivr_changes.activate,
    ivr_changes.rollback,
):
    app.command(change.__name__.replace("_", "-"))(change)


@app.command()
def lint(
    flows: Annotated[list[Path], typer.Argument(help="Flow files (YAML).", exists=True, dir_okay=False)],
    as_json: JsonOption = False,
) -> None:
    """Check flows and print errors by line. Exit code 1 on errors."""
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
    """Print a prompt's text and the path of its sound."""
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


@app.command()
def graph(
    flow: Annotated[str, typer.Argument(help="A flow's name, or a file (YAML).")],
    form: Annotated[
        Literal["text", "mermaid", "dot", "svg"], typer.Option("--format", help="svg needs graphviz.")
    ] = "text",
    version: Annotated[int | None, typer.Option(min=0, help="Another version than the active one.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw a flow: its steps, keys, and the path without a key."""
    file = Path(flow)
    if file.suffix in (".yaml", ".yml") and file.is_file():
        try:
            drawn = picture(load_flow(file.read_bytes()).flow, form)
        except FlowInvalid as invalid:
            refused(invalid, str(file))
    else:
        subject = subject_of(flow, "flow")

        async def look(held: Versions) -> str:
            source = held.force.source(subject.plain)
            if version is not None:
                source = load_flow(await held.content(subject, version))
            return picture(source.flow, form)

        drawn = with_versions(load(config), look)
    if as_json:
        print_json({"flow": flow, "format": form, "graph": drawn})
    else:
        typer.echo(drawn, nl=False)
