"""Writes the table of states and actions in docs/cases.md from its data: `python -m tests.docs.workflow`."""

from __future__ import annotations

from collections.abc import Iterator

from cases.workflow.loading import load_workflow
from cases.workflow.model import AssignmentWorkflow, WorkflowRow
from tests.peers.checkout import CHECKOUT

PAGE = CHECKOUT / "docs" / "cases.md"
BEGIN, END = "<!-- workflow: begin -->\n", "<!-- workflow: end -->"


def kept() -> str:
    """The lines between the marks."""
    workflow = load_workflow()
    return "".join([*_states(workflow), "\n", *_rows(workflow)])


def block(text: str) -> str:
    """What the page has between the marks."""
    return text.partition(BEGIN)[2].partition(END)[0]


def page(text: str) -> str:
    """The page as it has to be."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}{kept()}{END}{rest.partition(END)[2]}"


def _states(workflow: AssignmentWorkflow) -> Iterator[str]:
    yield "| state | 中文 | meaning |\n|---|---|---|\n"
    for one in workflow.states.values():
        yield f"| `{one.state}` | {one.name_zh} | {one.name_en}{', for ever' if one.final else ''} |\n"


def _rows(workflow: AssignmentWorkflow) -> Iterator[str]:
    yield "| action | from | to | who | reason | not by | clock |\n|---|---|---|---|---|---|---|\n"
    for row in workflow.rows:
        yield f"| {' | '.join(_cells(row))} |\n"


def _cells(row: WorkflowRow) -> list[str]:
    return [
        f"`{row.action}`",
        ", ".join(row.sources) or "—",
        row.target or "same",
        ", ".join(sorted(row.roles)),
        "yes" if row.reason else "",
        ", ".join(sorted(row.not_by)),
        "" if row.clock.value == "none" else row.clock.value,
    ]


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
