"""`scripts/demo`: plays the story, tells it line by line, writes `demo-report.json`, then stays up."""

from __future__ import annotations

import argparse
import contextlib
import platform
import signal
import sys
import time
from pathlib import Path

from rich.console import Console

from tests.demo import accounts, burst, call, centre_stories, expect, hours, lines, voices
from tests.demo.collapse import STORY, Collapse
from tests.demo.collapse_opening import with_tone
from tests.demo.dump import dump
from tests.demo.report import Report
from tests.demo.stage import DemoStage
from tests.demo.story import Story

LEAD_S = 9.0
"""When the citizen begins to speak: the greeting is 6 s, then the phone rings and is answered."""
STORY_FAILED = 2


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="One call, from ring to closed case, on a real Asterisk, broker, database and browser.",
        epilog="`scripts/demo call`, in a second terminal: a citizen phones it. "
        "Exit codes: 0 the story ran; 1 what was drafted differs from --expect; 2 the story failed.",
    )
    parser.add_argument("--once", action="store_true", help="end after the story instead of staying up")
    parser.add_argument("--language", choices=("zh", "en"), default="en", help="language of the telling")
    parser.add_argument(
        "--story", default="zh",
        help="which recorded story of tests/audio the citizen tells; collapse: with camera, crews, radio, "
        "conference; "
        "burst: 300 calls in 20 minutes about one collapse; loop: two citizens and a department, round "
        "again; drill: warnings that people release; loop,drill: both, on one stage",
    )  # fmt: skip
    parser.add_argument("--caller-audio", type=Path, metavar="FILE", help="WAV, or headerless 8 kHz µ-law")
    parser.add_argument("--expect", type=Path, metavar="JSON", help="what the draft should say")
    parser.add_argument(
        "--report", type=Path, default=Path("demo-report.json"), help="where to write the report"
    )
    parser.add_argument("--pictures", type=Path, metavar="DIR", help="take pictures of the desk and the unit")
    parser.add_argument("--postgres", action="store_true", help="on a private PostgreSQL instead of SQLite")
    parser.add_argument("--dump", type=Path, metavar="DIR", help="dump the database after the story")
    parser.add_argument(
        "--hours", type=float, nargs="?", const=1.0, metavar="N",
        help="instead of the story: N simulated busy hours (1), to be watched on the board",
    )  # fmt: skip
    parser.add_argument(
        "--minutes", type=float, metavar="M", help="with --hours or burst: pressed into so many real minutes"
    )
    parser.add_argument(
        "--calls", type=int, default=burst.CALLS, metavar="N", help="with burst: so many calls"
    )
    parser.add_argument(
        "--cut-off", action="store_true", help="with burst: the broker stops before the first call"
    )
    return parser.parse_args()


def main() -> int:
    if sys.argv[1:2] == ["call"]:
        return call.main(sys.argv[2:])
    given = arguments()
    console = Console(highlight=False)
    if given.hours is not None:
        return hours.run(given.hours, given.minutes, given.language, console, once=given.once)
    if given.story == burst.STORY:
        minutes = given.minutes or burst.MINUTES * given.calls / burst.CALLS
        return burst.run(
            given.calls,
            minutes,
            given.language,
            console,
            once=given.once,
            report=given.report,
            cut_off=given.cut_off,
        )
    if together := centre_stories.named(given.story):
        return centre_stories.run(together, given.language, console, once=given.once, report=given.report)
    report = Report(given.language, console)
    began = time.monotonic()
    try:
        wanted = expect.read(given.expect) if given.expect else None
        with DemoStage(postgres=given.postgres) as stage:
            story = cast(given, stage, report)
            status = tell(story, report, console, wanted)
            report.write(
                given.report, seconds=round(time.monotonic() - began, 1), python=platform.python_version()
            )
            console.print(f"{given.report}: {'ok' if report.ok else 'not ok'}", highlight=False)
            if given.dump and report.ok:
                console.print(
                    f"database: {dump(stage.database_url, given.dump, stage=stage.folder)}", highlight=False
                )
            if not given.once and report.ok:
                stay(stage, story, console)
            if status == 0:
                stage.remove()
            else:
                console.print(f"logs are kept in {stage.folder}", highlight=False, soft_wrap=True)
    except ValueError as error:
        print(f"demo: {error}", file=sys.stderr)
        return STORY_FAILED
    return status


def cast(given: argparse.Namespace, stage: DemoStage, report: Report) -> Story:
    """The story that was asked for, with its voices."""
    if given.caller_audio:
        said = voices.of_file(given.caller_audio, stage.folder / "voices", LEAD_S)
    else:
        said = voices.of_story(given.story, stage.folder / "voices", LEAD_S)
    collapses = given.story == STORY and not given.caller_audio
    return (Collapse if collapses else Story)(
        stage,
        report,
        with_tone(said) if collapses else said,
        answer={} if given.caller_audio else voices.answer(given.story),
        pictures=pictures_beside(given.report) if collapses and not given.pictures else given.pictures,
        unheard=given.caller_audio is not None,
    )


def pictures_beside(report: Path) -> Path:
    """The folder for a story's pictures where none was named."""
    return report.with_name(f"{report.stem}-pictures")


def tell(story: Story, report: Report, console: Console, wanted: dict[str, object] | None) -> int:
    story.tell(story.opening())
    story.tell(story.call())
    if wanted is None:
        story.tell(story.case())
        return 0 if report.ok else STORY_FAILED
    if report.broken:
        report.skip(lines.COMPARE)
        return STORY_FAILED
    compared = expect.compare(wanted, story.drafts)
    with report.step(lines.COMPARE) as facts:
        facts["agree"] = f"{sum(line.agrees for line in compared)}/{len(compared)}"
    expect.show(compared, console)
    return 0 if all(line.agrees for line in compared) else 1


def stay(stage: DemoStage, story: Story, console: Console) -> None:
    """Until Ctrl-C: the stage is somebody's to try. Who played the story has gone home."""
    story.go_home()
    accounts.show(stage, console)
    certificate = stage.authority.authority.certificate
    console.print(
        "The certificates come from an authority of this demo. To let a browser trust it, import\n"
        f"  [bold]{certificate}[/]\n"
        "as an authority (Chromium, Firefox: settings, certificates, authorities, import); "
        "curl: --cacert FILE.\n"
        "Ctrl-C ends it.",
        highlight=False,
        soft_wrap=True,
    )
    demo = accounts.RunningDemo(
        stage.service.address, stage.asterisk.ports.sip, str(certificate), str(stage.folder)
    )
    demo.save()
    # However it is asked to end, what it started ends with it.
    for ends in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ends, signal.default_int_handler)
    try:
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)
    finally:
        accounts.RUNNING.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
