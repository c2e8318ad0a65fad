"""`songhua knowledge`: articles for agents, stored as versions and approved by another person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

import cases.room
from cases import rights
from cases.knowledge import files
from cases.knowledge.content import LANGUAGES, Language
from cases.knowledge.front_matter import render
from cases.knowledge.http import article_row, hit_row, whole_row
from cases.knowledge.model import ArticleAction, ArticleState
from cases.knowledge.part import KnowledgeServices
from cases.knowledge.search import ArticleHit, Filter
from cases.knowledge.store import ShownVersion
from cases.knowledge.uses import ArticleUseCount
from cases.knowledge.whole import FullArticle
from core.actor import Actor, Role
from core.ids import uuid7
from core.storage import Storage
from gateway.commands.common import (
    MISUSED,
    ConfigOption,
    JsonOption,
    err,
    fail,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.machine_user import machine_user
from gateway.settings import Settings
from identity.service import IdentityService

T = TypeVar("T")
app = typer.Typer(help="Articles that agents may tell: write, approve, find.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME.LANG", help="how-to-report.zh")]
Number = Annotated[int | None, typer.Option(min=1, help="This version instead of the newest.")]
Reason = Annotated[str, typer.Option("--reason", "-m", help="Why; colleagues read it.")]
By = Annotated[str, typer.Option(help="The acting person's sign-in name, stored with the version.")]
Submit = Annotated[bool, typer.Option("--submit", help="Ask for approval at once.")]


@app.callback()
def knowledge() -> None:
    """Articles that agents may tell: write, approve, find."""


@app.command("list")
def list_articles(
    everything: Annotated[
        bool, typer.Option("--all", help="The newest versions, also those that may not be told.")
    ] = False,
    state: Annotated[ArticleState | None, typer.Option(help="Only versions in this state.")] = None,
    language: Annotated[str | None, typer.Option(help="zh or en.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List active articles by name."""
    spoken = _language(language)

    async def work(services: KnowledgeServices, actor: Actor) -> list[tuple[ShownVersion, ArticleUseCount]]:
        rows: list[tuple[ShownVersion, ArticleUseCount]] = []
        while True:
            last = (rows[-1][0].named.name, rows[-1][0].named.language) if rows else None
            page = await services.reading.overview(
                actor=actor,
                scope="newest" if everything else "in_force",
                state=state,
                language=spoken,
                after=last,
            )
            rows += page
            if not page:
                return rows

    rows = _with(load(config), work)
    if as_json:
        made = [article_row(one.named, one.version, usage).model_dump(mode="json") for one, usage in rows]
        print_json({"articles": made})
        return
    for one, usage in rows:
        name = f"{one.named.name}.{one.named.language}"
        version = one.version
        line = f"{name:36} {version.number:4} {version.state:10} {usage.count:6}  {version.title}"
        out.print(line, markup=False, highlight=False, soft_wrap=True)


@app.command()
def show(name: Name, number: Number = None, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """An article as its file, the newest version or the one that is asked for."""

    async def work(services: KnowledgeServices, actor: Actor) -> FullArticle:
        return await services.reading.read(await _id(services, name), actor=actor, number=number)

    whole = _with(load(config), work)
    if as_json:
        print_json(whole_row(whole).model_dump(mode="json"))
        return
    typer.echo(render(files.article_of(whole)), nl=False)


@app.command()
def add(
    file: Annotated[Path, typer.Argument(help="Markdown with a head.", exists=True, dir_okay=False)],
    submit: Submit = False,
    by: By = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Save FILE as a version of its article; the same words as the newest version's make none."""
    _bring(file, submit=submit, by=by, config=config, as_json=as_json)


@app.command("import")
def import_folder(
    folder: Annotated[
        Path | None, typer.Argument(help="A folder of such files, and the folders in it.", exists=True)
    ] = None,
    seed: Annotated[bool, typer.Option("--seed", help="The short general articles of the program.")] = False,
    submit: Submit = False,
    by: By = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Save every file as a version where its words are new; nothing is written when one is refused."""
    if (folder is None) != seed:
        err.print("songhua: give either FOLDER or --seed", markup=False)
        raise typer.Exit(MISUSED)
    _bring(folder or files.SEED, submit=submit, by=by, config=config, as_json=as_json)


@app.command()
def export(
    folder: Annotated[Path, typer.Argument(help="Where the files go.", file_okay=False)],
    everything: Annotated[
        bool, typer.Option("--all", help="The newest versions instead of the active ones.")
    ] = False,
    language: Annotated[str | None, typer.Option(help="zh or en.")] = None,
    config: ConfigOption = None,
) -> None:
    """Write each article into a file that an import reads back."""
    spoken = _language(language)
    folder.mkdir(parents=True, exist_ok=True)

    async def work(services: KnowledgeServices, actor: Actor) -> list[Path]:
        return await files.take_out(
            services.reading,
            folder,
            actor=actor,
            scope="newest" if everything else "in_force",
            language=spoken,
        )

    out.print(f"{len(_with(load(config), work))} files in {folder}", markup=False)


@app.command()
def submit(name: Name, by: By = "", config: ConfigOption = None) -> None:
    """Ask for approval of the newest version."""
    _take(ArticleAction.SUBMIT, [name], None, by=by, reason="", config=config)


@app.command()
def approve(
    names: Annotated[list[str] | None, typer.Argument(metavar="NAME.LANG…")] = None,
    submitted: Annotated[bool, typer.Option("--all", help="Every submitted version.")] = False,
    number: Number = None,
    by: By = "",
    config: ConfigOption = None,
) -> None:
    """Approve submitted versions in the name of --by, a supervisor or admin who did not write them."""
    if not by or bool(names) == submitted or (number is not None and len(names or []) != 1):
        err.print("songhua: give --by USER, and either names or --all; --number with one name", markup=False)
        raise typer.Exit(MISUSED)
    _take(ArticleAction.APPROVE, names, number, by=by, reason="", config=config)


@app.command()
def withdraw(
    name: Name, reason: Reason, number: Number = None, by: By = "", config: ConfigOption = None
) -> None:
    """Take a version out of force, or give up a draft."""
    _take(ArticleAction.WITHDRAW, [name], number, by=by, reason=reason, config=config)


@app.command()
def rollback(
    name: Name,
    number: Annotated[int, typer.Argument(min=1, help="The approved version to go back to.")],
    reason: Reason,
    by: By = "",
    config: ConfigOption = None,
) -> None:
    """Withdraw the approved versions that are newer than NUMBER."""

    async def work(services: KnowledgeServices, actor: Actor) -> FullArticle:
        return await services.editing.roll_back(
            await _id(services, name), number, op_id=uuid7(), actor=actor, reason=reason
        )

    whole = _with(load(config), work, by=by)
    told = "in force" if whole.in_force else "not in force"
    out.print(f"{name}: version {whole.version.number} is {told}", markup=False, highlight=False)


@app.command()
def search(
    words: Annotated[list[str], typer.Argument(help="Any text.")],
    everything: Annotated[
        bool, typer.Option("--all", help="Also in newest versions that may not be told.")
    ] = False,
    language: Annotated[str | None, typer.Option(help="zh or en.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="At most so many.")] = 10,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Articles by their words, the best first."""
    wish = Filter(scope="newest" if everything else "in_force", language=_language(language))

    async def work(services: KnowledgeServices, actor: Actor) -> list[ArticleHit]:
        return await services.reading.search(" ".join(words), wish, actor=actor, limit=limit)

    hits = _with(load(config), work)
    if as_json:
        print_json({"hits": [hit_row(hit).model_dump(mode="json") for hit in hits]})
        return
    for hit in hits:
        name = f"{hit.shown.named.name}.{hit.shown.named.language}"
        out.print(f"{hit.score:6.2f}  {name}  {hit.title.text}", markup=False, highlight=False)
        out.print(f"        {' '.join(hit.snippet.text.split())}", markup=False, highlight=False)


def _bring(path: Path, *, submit: bool, by: str, config: Path | None, as_json: bool) -> None:
    settings = load(config)
    articles, refused = files.read(path, hours=settings.cases.timezone_h)
    if refused:
        for one in refused:
            err.print(f"{one.file}: {one.why}", markup=False, highlight=False, soft_wrap=True)
        fail("nothing was written", "mend the files that are named")

    async def work(services: KnowledgeServices, actor: Actor) -> files.ArticleImport:
        return await files.bring(services.editing, services.reading, articles, actor=actor, submit=submit)

    report = _with(settings, work, by=by)
    if as_json:
        print_json({"made": report.made, "renewed": report.renewed, "unchanged": report.unchanged})
        return
    out.print(f"{len(report.made)} new, {len(report.renewed)} renewed, {len(report.unchanged)} unchanged")


def _take(
    act: ArticleAction,
    names: list[str] | None,
    number: int | None,
    *,
    by: str,
    reason: str,
    config: Path | None,
) -> None:
    """The act upon each article's newest version, or `number`; without names upon all that are submitted."""

    async def work(services: KnowledgeServices, actor: Actor) -> list[str]:
        done: list[str] = []
        for article_id, label, wanted in await _wanted(services, actor, names, number):
            whole = await services.editing.take(
                article_id, wanted, act, op_id=uuid7(), actor=actor, reason=reason or _here()
            )
            done.append(f"{label}: version {whole.version.number} is {whole.version.state.value}")
        return done

    for line in _with(load(config), work, by=by):
        out.print(line, markup=False, highlight=False)


async def _wanted(
    services: KnowledgeServices, actor: Actor, names: list[str] | None, number: int | None
) -> list[tuple[Any, str, int]]:
    rights.EDIT_ARTICLES.check(actor)
    if names is None:
        found = await services.reading.overview(actor=actor, state=ArticleState.SUBMITTED, limit=500)
        return [
            (one.named.article_id, f"{one.named.name}.{one.named.language}", one.version.number)
            for one, _ in found
        ]
    out: list[tuple[Any, str, int]] = []
    for name in names:
        article_id = await _id(services, name)
        newest = (await services.reading.read(article_id, actor=actor)).newest
        out.append((article_id, name, number or newest))
    return out


async def _id(services: KnowledgeServices, name: str) -> Any:
    plain, _, language = name.rpartition(".")
    if language not in LANGUAGES:
        fail(f"{name}: an article is named with its language", "for example how-to-report.zh")
    spoken: Language = "en" if language == "en" else "zh"
    return (await services.reading.by_name(plain, spoken)).article_id


def _with(settings: Settings, work: Callable[[KnowledgeServices, Actor], Awaitable[T]], *, by: str = "") -> T:
    """With the articles of the database, as the person `by`, or as whoever works on this machine."""

    async def whole() -> T:
        async with open_storage(settings) as storage:
            actor = await _person(storage, settings, by) if by else _me()
            services = cases.room.knowledge_services(storage, cases.room.knowledge(settings.cases))
            return await work(services, actor)

    return run(whole())


async def _person(storage: Storage, settings: Settings, by: str) -> Actor:
    people = await IdentityService(storage, settings.identity).users()
    found = next((user for user in people if user.id == by and user.active), None)
    if found is None:
        fail(f"{by}: nobody has this sign-in name", "songhua user list shows everybody")
    return found.actor()


def _me() -> Actor:
    user = machine_user()
    return Actor(id=f"cli:{user}"[:64], name=user, roles=frozenset({Role.ADMIN}))


def _here() -> str:
    """Kept with an act in another's name: it was done at this machine's command line."""
    return f"at the command line by {_me().id}"


def _language(given: str | None) -> Language | None:
    if given is None:
        return None
    if given not in LANGUAGES:
        err.print("songhua: language is zh or en", markup=False)
        raise typer.Exit(MISUSED)
    return "en" if given == "en" else "zh"
