"""Articles from and into folders: Markdown files with a head. The same files again change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cases import rights
from cases.errors import ArticleInvalid
from cases.knowledge.content import Language
from cases.knowledge.front_matter import MOST_BYTES, Article, parse, render
from cases.knowledge.model import ArticleAction, ArticleState
from cases.knowledge.reading import ArticleReader
from cases.knowledge.search import Scope
from cases.knowledge.service import Editing, content_of
from cases.knowledge.whole import FullArticle
from core.actor import Actor
from core.ids import uuid7

SEED = Path(__file__).parent / "seed"
"""Short articles that are true of any such centre; they are imported by a command only."""
MOST_FILES = 20_000
PAGE = 200
NOT_ARTICLES = frozenset({"README.md"})


@dataclass(frozen=True, slots=True)
class RefusedFile:
    file: Path
    why: str


@dataclass(slots=True)
class ArticleImport:
    """What an import did; with `refused` files nothing was written. Names as `name.language`."""

    made: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    refused: list[RefusedFile] = field(default_factory=list)


def read(path: Path, *, hours: float) -> tuple[list[Article], list[RefusedFile]]:
    """The articles of a file, or of a folder and the folders in it; links are not followed."""
    files = sorted(_below(path)) if path.is_dir() else [path]
    found: dict[tuple[str, str], Path] = {}
    articles: list[Article] = []
    refused: list[RefusedFile] = []
    for file in files[:MOST_FILES]:
        try:
            with file.open("rb") as opened:
                article = parse(opened.read(MOST_BYTES + 1), hours=hours)
        except ArticleInvalid as error:
            refused.append(RefusedFile(file, error.detail))
        except OSError as error:
            refused.append(RefusedFile(file, f"it cannot be read: {type(error).__name__}"))
        else:
            first = found.setdefault((article.name, article.language), file)
            if first is not file:
                refused.append(RefusedFile(file, f"{first.name} holds the same name and language"))
            articles.append(article)
    refused.extend(RefusedFile(file, f"more than {MOST_FILES} files") for file in files[MOST_FILES:][:1])
    return articles, refused


async def bring(
    editing: Editing, reading: ArticleReader, articles: Sequence[Article], *, actor: Actor, submit: bool
) -> ArticleImport:
    """Save each as a version where its words are new, and submit it where that is asked for.

    Raises `ArticleInvalid` before anything is written, when a class or district is none.
    """
    rights.EDIT_ARTICLES.check(actor)
    for article in articles:
        editing.check(article.content)
    report = ArticleImport()
    for article in articles:
        label = f"{article.name}.{article.language}"
        named = await reading.find_by_name(article.name, article.language)
        if named is None:
            whole = await editing.create(article, op_id=uuid7(), actor=actor)
            report.made.append(label)
        else:
            before = await reading.read(named.article_id, actor=actor)
            whole = await editing.save(
                named.article_id, article.content, base=before.newest, op_id=uuid7(), actor=actor
            )
            (report.unchanged if whole.newest == before.newest else report.renewed).append(label)
        if submit and whole.version.state is ArticleState.DRAFT:
            await editing.take(
                whole.named.article_id, whole.newest, ArticleAction.SUBMIT, op_id=uuid7(), actor=actor
            )
    return report


async def take_out(
    reading: ArticleReader, folder: Path, *, actor: Actor, scope: Scope, language: Language | None = None
) -> list[Path]:
    """Write each article into a file of its own in a folder that is there; an import reads them back."""
    written: list[Path] = []
    after: tuple[str, str] | None = None
    while True:
        page = await reading.overview(actor=actor, scope=scope, language=language, after=after, limit=PAGE)
        for one, _ in page:
            whole = await reading.read(one.named.article_id, actor=actor, number=one.version.number)
            file = folder / f"{one.named.name}.{one.named.language}.md"
            file.write_text(render(article_of(whole)), encoding="utf-8", newline="\n")
            written.append(file)
        if len(page) < PAGE:
            return written
        after = (page[-1][0].named.name, page[-1][0].named.language)


def article_of(whole: FullArticle) -> Article:
    """The article as a file holds it."""
    return Article(whole.named.name, whole.named.language, content_of(whole.version, whole.body))


def _below(folder: Path) -> list[Path]:
    return [
        file
        for file in folder.rglob("*.md")
        if file.is_file() and not file.is_symlink() and file.name not in NOT_ARTICLES
    ]
