"""Fills the templates of `asterisk-conf/`. Values are checked by their types before they come here (`words`)."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.asterisk.settings import AsteriskSettings
from gateway.asterisk.tones import write_hold, write_tick

TEMPLATES = Path(__file__).resolve().parents[2] / "asterisk-conf"
LONGEST_WAIT = 10


def render(settings: AsteriskSettings, out: Path) -> list[Path]:
    """Write every configuration file and the tones into `out`; returns the files in order.

    The files name `settings.directories.etc` as their place: copy `out` there when it is another folder.
    Files with secrets are readable by their owner only.
    """
    out.mkdir(parents=True, exist_ok=True)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701 - these are no pages; the types in `words` allow nothing to escape
    )
    written = []
    for template in sorted(environment.list_templates(extensions=["j2"])):
        text = environment.get_template(template).render(s=settings, longest_wait=LONGEST_WAIT)
        file = out / template.removesuffix(".j2")
        file.touch(mode=0o600)
        file.write_text(text, encoding="utf-8")
        written.append(file)
    for name, write in (("hold/hold.wav", write_hold), ("tick.wav", write_tick)):
        file = out / settings.directories.tones.name / name
        write(file)
        written.append(file)
    return written


def prepare_directories(settings: AsteriskSettings) -> None:
    """Create the folders that Asterisk expects and does not make itself (cdr_csv loses records without its own)."""
    folders = settings.directories
    wanted = (folders.varlib / "keys", folders.varlib / "cache", folders.spool, folders.run, folders.recordings)
    wanted += (folders.log / "cdr-csv", folders.cel.parent)
    for folder in wanted:
        folder.mkdir(parents=True, exist_ok=True)
