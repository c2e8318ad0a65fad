"""Files and folders that the settings name: missing, of the wrong kind, not to be used, broken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from core.errors import SonghuaError
from gateway import needed_files
from gateway.machine_user import machine_user
from gateway.settings import ROLES
from gateway.settings_check.model import CheckedSettings, KeyPath, Mistake, Weight, path_of, value_at
from gateway.settings_check.model_fields import nearest

_OF: Final = {
    "spool of transcripts": "speech.spool", "database": "storage.url",
    "seal key of the chain": "cdr.seal_key_file",
    "photos of crews": "field.photos", "key of the chain": "cdr.key_file", "signed heads": "cdr.heads_file",
    "uploaded prompts and flows": "ivr.uploads", "Asterisk's CEL file": "asterisk.directories.log",
    "recordings": "asterisk.directories.recordings", "key of the recordings": "cdr.recordings_key_file",
}  # fmt: skip
"""The key of each place that a role needs; certificates have a rule of their own."""
_FOLDERS: Final = {
    "web.dist": "the built console", "ivr.flows": "flows", "ivr.prompts": "prompts",
    "asterisk.directories.prompts": "prompts", "metrics.port_files": "the roles' ports",
    "asterisk.directories.modules": "Asterisk's modules",
}  # fmt: skip
_FILES: Final = {
    "cases.own_departments": "departments", "cases.own_responsibility": "who answers for a case",
    "cases.own_workflow": "states and actions", "cases.own_closing": "conditions for closing",
    "cases.own_limits": "time limits", "cases.own_calendar": "working time",
    "cases.document_font": "a TrueType face",
}  # fmt: skip


def model(checked: CheckedSettings) -> Iterator[Mistake]:
    """The recogniser's engine, and the model that it loads."""
    from speech.engines import installed  # noqa: PLC0415  # metadata of all packages
    from speech.models.folder import check_for_engine  # noqa: PLC0415  # as above

    speech = checked.settings.speech
    engines = installed()
    if speech.engine not in engines and ":" not in speech.engine:
        meant = nearest(speech.engine, engines)
        remedy = f"did you mean {meant}?" if meant else f"choose one of: {', '.join(engines)}"
        yield Mistake(("speech", "engine"), f"no engine {speech.engine} is installed", remedy)
        return
    try:
        check_for_engine(speech.engine, speech.model_folder)
    except SonghuaError as error:
        yield Mistake(("speech", "model"), error.detail, error.remedy, _weight(checked, ("speech", "model")))
    except OSError as error:
        yield Mistake(
            ("speech", "model"), f"{error.filename}: {error.strerror}", "let the service's user read it"
        )


def folders(checked: CheckedSettings) -> Iterator[Mistake]:
    """What each role reads and writes, as this user sees it."""
    settings = checked.settings
    wanted = dict.fromkeys(place for role in ROLES for place in needed_files.places(settings, role))
    for place in wanted:
        if place.what not in _OF:
            continue
        path = path_of(_OF[place.what])
        kind = place.path.is_file() and place.need == "write"
        if kind:
            yield Mistake(
                path,
                f"{place.path} is a file, and a folder is needed",
                "name a folder, or move the file away",
            )
            continue
        for trouble in needed_files.find([place]):
            yield Mistake(path, f"{place.path}: {trouble.why}", trouble.remedy, _weight(checked, path))
    yield from _database_file(checked)
    for key, what in _FOLDERS.items():
        yield from _folder(checked, path_of(key), what)
    yield from _keys(checked)


def _database_file(checked: CheckedSettings) -> Iterator[Mistake]:
    file = checked.settings.storage.file()
    if file is not None and file.is_dir():
        yield Mistake(("storage", "url"), f"{file} is a folder", "name a file in it: …/songhua.db")


def _folder(checked: CheckedSettings, path: KeyPath, what: str) -> Iterator[Mistake]:
    told = value_at(checked.told, path)
    if not isinstance(told, str) or not told:
        return
    folder = Path(told)
    if not folder.is_dir():
        why = "is no folder" if folder.exists() else "is not there"
        remedy = f"name the folder of {what}, or make it: install -d -o {machine_user()} {folder}"
        yield Mistake(path, f"{folder} {why}", remedy)
    elif path == ("web", "dist") and not (folder / "desk" / "index.html").is_file():
        yield Mistake(
            path, f"{folder} has no desk/index.html", "name the folder of the built console (console/dist)"
        )


def _keys(checked: CheckedSettings) -> Iterator[Mistake]:
    cdr = checked.settings.cdr
    if cdr.encrypt_recordings == "on" and not cdr.recordings_key_file.exists():
        what = f"recordings have to be encrypted, and {cdr.recordings_key_file} is not there"
        yield Mistake(("cdr", "recordings_key_file"), what, "songhua cdr init-key makes it")
    for name, file in (("key_file", cdr.key_file), ("recordings_key_file", cdr.recordings_key_file)):
        if file.is_dir():
            yield Mistake(("cdr", name), f"{file} is a folder", "name a file in it")
    for number, copy in enumerate(cdr.heads_copies.files):
        if not copy.absolute().parent.is_dir():
            what = f"its folder {copy.parent} is not there: no copy of the heads would be kept"
            yield Mistake(("cdr", "heads_copies", "files", number), what, "mount it, or name another folder")
    if cdr.heads_file in cdr.heads_copies.files:
        what = "the copies hold the heads file itself"
        yield Mistake(("cdr", "heads_copies", "files"), what, "name a file on another mount")


def documents(checked: CheckedSettings) -> Iterator[Mistake]:
    """The city's own tables: each is read as the service reads it."""
    cases = checked.settings.cases
    for key, what in _FILES.items():
        told = value_at(checked.told, path_of(key))
        if not isinstance(told, str) or not told:
            continue
        file = Path(told)
        if not file.is_file():
            yield Mistake(
                path_of(key), f"there is no file {file}", f"name the file with {what}, or take the key out"
            )
        elif (wrong := _unreadable(_READERS.get(key), file)) is not None:
            yield Mistake(
                path_of(key),
                f"{file}: {wrong}",
                "correct that file: its form is that of the built-in one in cases/",
            )
    if cases.own_gazetteer is not None and cases.own_gazetteer.is_file():
        wrong = _unreadable(_gazetteer, cases.own_gazetteer)
        if wrong is not None:
            yield Mistake(
                ("cases", "own_gazetteer"),
                f"{cases.own_gazetteer}: {wrong}",
                "songhua gazetteer import FILE checks each line",
            )


def skills(checked: CheckedSettings) -> Iterator[Mistake]:
    """Skills that categories ask for, by the beginning of a code that has to exist."""
    told = value_at(checked.told, ("field", "skills"))
    if not isinstance(told, dict) or not told:
        return
    from cases.catalogue import load_catalogues  # noqa: PLC0415  # only where it is set

    codes = load_catalogues().default.rows
    for prefix in told:
        if not any(code.startswith(prefix) for code in codes):
            remedy = "give the beginning of a code of the catalogue (GB/T 30428.2): E05"
            yield Mistake(("field", "skills", prefix), f"no category begins with {prefix}", remedy)


def _unreadable(reader: Callable[[Path], Any] | None, file: Path) -> str | None:
    if reader is None:
        return None
    try:
        reader(file)
    except SonghuaError as error:
        return error.detail or error.title
    except OSError as error:
        return error.strerror or type(error).__name__
    except (ValueError, RuntimeError, LookupError) as error:
        return str(error).partition("\n")[0]
    return None


# Imported in each: none is needed where the key is not set.
def _departments(file: Path) -> Any:
    from cases.catalogue import load_catalogues  # noqa: PLC0415
    from cases.catalogue.departments import load_departments  # noqa: PLC0415

    return load_departments(load_catalogues().default, file)


def _limits(file: Path) -> Any:
    from cases.catalogue import load_catalogues  # noqa: PLC0415

    return load_catalogues(file)


def _calendar(file: Path) -> Any:
    from cases.clocks.calendar import load_working_calendar  # noqa: PLC0415

    return load_working_calendar(file)


def _responsibility(file: Path) -> Any:
    from cases.responsibility.loading import load_responsibility  # noqa: PLC0415

    return load_responsibility(file)


def _workflow(file: Path) -> Any:
    from cases.workflow.loading import load_workflow  # noqa: PLC0415

    return load_workflow(file)


def _closing(file: Path) -> Any:
    from cases.closing.loading import load_closing  # noqa: PLC0415

    return load_closing(file)


def _gazetteer(file: Path) -> Any:
    from cases.gazetteer.loading import load_gazetteer  # noqa: PLC0415

    return load_gazetteer(file)


_READERS: Final[dict[str, Callable[[Path], Any]]] = {
    "cases.own_departments": _departments,
    "cases.own_limits": _limits,
    "cases.own_calendar": _calendar,
    "cases.own_responsibility": _responsibility,
    "cases.own_workflow": _workflow,
    "cases.own_closing": _closing,
}


def _weight(checked: CheckedSettings, path: KeyPath) -> Weight:
    """What nobody wrote is the default's fault, and often another machine's matter."""
    return "fault" if checked.says(path) else "warning"
