"""`songhua cases retrain|models`: the classifiers of the category, trained from confirmed cases."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Annotated, TypeVar

import typer
from rich.table import Table

from cases.catalogue import load_catalogues, load_words
from cases.drafting.classify.training import digest, shipped
from cases.learning.http import models_row, outcome_row
from cases.learning.material.model import LEFT_OUT
from cases.learning.ports import Progress
from cases.learning.service import Models, Retraining, RetrainingOutcome, RetrainOptions
from cases.learning.versions.active import ActiveModel
from cases.learning.versions.model import SHIPPED
from gateway.commands.acting import operator
from gateway.commands.common import (
    MISUSED,
    ConfigOption,
    JsonOption,
    err,
    load,
    open_storage,
    out,
    print_json,
    run,
)
from gateway.settings import Settings
from gateway.wiring.classifiers import retraining
from identity.service import IdentityService

T = TypeVar("T")
NOT_SWITCHED = 4
"""Exit code: trained and compared, and nothing was put into force, because it is not better."""
_EVERY_S = 5.0
_ROWS = {
    "first": "首选正确 / first right",
    "among_three": "前三之内 / among three",
    "wrong_but_sure": "错而无疑，占全部 / wrong but sure, of all",
    "wrong_of_sure": "错而无疑，占无疑者 / wrong, of all that is sure",
}


def retrain(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Train and compare; switch nothing.")] = False,
    even_if_worse: Annotated[
        bool, typer.Option("--even-if-worse", help="Switch whatever the comparison says; needs --reason.")
    ] = False,
    reason: Annotated[str, typer.Option("--reason", "-m", help="Why; it stays in the audit trail.")] = "",
    roll_back: Annotated[
        bool, typer.Option("--roll-back", help="Return to the version before; trains nothing.")
    ] = False,
    to: Annotated[
        int | None,
        typer.Option(min=SHIPPED, help="With --roll-back: this former version; 0 are the shipped weights."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Retrain the classifiers of the category (letters, meaning) from confirmed cases; switch if better.

    One case in five is set aside and never trained on: on these, old and new weights are compared. The
    running service takes the new weights up within seconds. Danger to life is never trained this way: its
    signs are written and checked by people. Exit code 4: not better, nothing was switched. Audited.
    """
    _refuse_nonsense(dry_run=dry_run, even_if_worse=even_if_worse, roll_back=roll_back, to=to)
    settings = load(config)
    if roll_back:
        _go_back(settings, to, reason, as_json=as_json)
        return
    if even_if_worse and not reason.strip():
        err.print("songhua: --even-if-worse needs --reason", markup=False)
        raise typer.Exit(MISUSED)
    wish = RetrainOptions(dry_run=dry_run, even_if_worse=even_if_worse, reason=reason)

    async def work(held: Retraining) -> RetrainingOutcome:
        return await held.retrain(operator(), wish, _teller(quiet=as_json))

    outcome = _with(settings, work)
    if as_json:
        print_json(outcome_row(outcome))
    else:
        _show(outcome)
    if outcome.version is None and not dry_run:
        raise typer.Exit(NOT_SWITCHED)


def models(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List versions of the trained classifiers, newest first; 0 are the shipped weights, * is active."""
    settings = load(config)

    async def look(held: Retraining) -> Models:
        return await held.models(operator())

    found = _with(settings, look)
    sentences = digest(shipped(load_catalogues().default))
    if as_json:
        print_json({**models_row(found), "shipped": sentences})
        return
    pointer = found.pointer
    table = Table("", "version", "made", "by", "cases", "first right", "wrong but sure", "")
    for one in found.versions:
        mark = "*" if pointer and one.number == pointer.version else ""
        held = one.manifest
        if held is None:
            table.add_row(mark, str(one.number), "", "", "", "", "", one.fault)
            continue
        old, new = held.comparison.old, held.comparison.new
        table.add_row(
            mark,
            str(one.number),
            f"{held.made_at:%Y-%m-%d %H:%M}",
            held.by,
            str(held.counts.cases),
            f"{old.first} → {new.first} of {new.compared}",
            f"{old.sure_wrong} → {new.sure_wrong}",
            _remark(held.reason, made_of_other_sentences=held.shipped != sentences),
        )
    shipped_in_force = pointer is not None and pointer.version == SHIPPED
    table.add_row("*" if shipped_in_force else "", str(SHIPPED), "", "shipped", "", "", "", "")
    out.print(table)
    if found.fault:
        err.print(f"songhua: {found.fault}", markup=False, highlight=False, soft_wrap=True)


def _remark(reason: str, *, made_of_other_sentences: bool) -> str:
    said = [f"even if worse: {reason}"] if reason else []
    said += ["made with other shipped sentences: retrain"] if made_of_other_sentences else []
    return "; ".join(said)


def _refuse_nonsense(*, dry_run: bool, even_if_worse: bool, roll_back: bool, to: int | None) -> None:
    if roll_back and (dry_run or even_if_worse):
        err.print("songhua: --roll-back goes with --to and --reason only", markup=False)
        raise typer.Exit(MISUSED)
    if to is not None and not roll_back:
        err.print("songhua: --to goes with --roll-back", markup=False)
        raise typer.Exit(MISUSED)
    if dry_run and even_if_worse:
        err.print("songhua: --dry-run switches nothing, so --even-if-worse means nothing", markup=False)
        raise typer.Exit(MISUSED)


def _go_back(settings: Settings, to: int | None, reason: str, *, as_json: bool) -> None:
    async def work(held: Retraining) -> tuple[int, int]:
        return await held.roll_back(operator(), to=to, reason=reason)

    version, before = _with(settings, work)
    if as_json:
        print_json({"version": version, "before": before})
        return
    name = "the shipped weights are" if version == SHIPPED else f"version {version} is"
    out.print(f"{name} in force (before: {before})", markup=False, highlight=False)


def _show(outcome: RetrainingOutcome) -> None:
    made = outcome.made
    counts, found = made.counts, made.comparison
    out.print(
        f"{counts.sentences} shipped sentences and {counts.cases} cases of {counts.classes} classes; "
        f"{counts.set_aside} set aside, {found.new.compared} of them compared",
        highlight=False,
        soft_wrap=True,
    )
    for why, count in counts.left_out.items():
        zh, en = (LEFT_OUT[why].in_language(language) for language in ("zh", "en"))
        out.print(f"  未用 / left out: {count} {zh} / {en} [{why}]", markup=False, highlight=False)
    name = "shipped" if outcome.against == SHIPPED else f"version {outcome.against}"
    table = Table("on cases that were set aside", name, "new")
    old, new = found.old.shares(), found.new.shares()
    for key, label in _ROWS.items():
        table.add_row(label, str(old[key]), str(new[key]))
    out.print(table)
    for reason in outcome.verdict.why:
        out.print(str(reason), markup=False, highlight=False, soft_wrap=True)
    if outcome.version is not None:
        out.print(f"version {outcome.version} is in force (before: {outcome.against})", highlight=False)
    else:
        out.print("nothing was switched", highlight=False)


def _teller(*, quiet: bool) -> Progress:
    """Print each step as a line on stderr, and its progress every few seconds."""
    last, when = "", 0.0

    def tell(step: str, done: int, of: int) -> None:
        nonlocal last, when
        now = monotonic()
        if quiet or (step == last and now - when < _EVERY_S):
            return
        last, when = step, now
        far = f" {done} of {of}" if of else ""
        err.print(f"{step}{far}", markup=False, highlight=False)

    return tell


def _with(settings: Settings, work: Callable[[Retraining], Awaitable[T]]) -> T:
    async def whole() -> T:
        active_model = ActiveModel(settings.cases.classifiers, load_words(), load_catalogues().default)
        async with open_storage(settings) as storage:
            identity = IdentityService(storage, settings.identity)
            return await work(retraining(settings, active_model, storage, identity))

    return run(whole())
