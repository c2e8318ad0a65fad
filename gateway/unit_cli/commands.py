"""`songhua unit`: a field unit's terminal on the command line.

Exit codes: 0 done (and confirmed by the centre), 1 it failed, 4 kept on the disk and not yet confirmed.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import Annotated, NoReturn, cast
from uuid import UUID

import typer
from pydantic import SecretStr, ValidationError

from cases.events import CrewStep, DispatchStep
from core import log
from core.clock import SystemClock
from core.errors import SonghuaError
from core.place import Position
from field.contract.names import is_uid
from gateway.mqtt import BrokerSettings
from gateway.unit_cli.press import OnePress
from gateway.unit_cli.screen import Screen
from gateway.unit_cli.session import KEYS, TerminalSession
from gateway.unit_cli.store import TerminalStore
from gateway.unit_cli.talk import TerminalFloor
from gateway.unit_cli.terminal import TerminalIdentity, UnitTerminal, say
from gateway.unit_cli.words import Language

FAILED, MISUSED, KEPT = 1, 2, 4
DEFAULT_ACCURACY_M = 20.0

app = typer.Typer(
    name="unit", help="A field unit's terminal: take jobs and report on them.", no_args_is_help=True
)

TLS = "mqtts://"
Broker = Annotated[
    str,
    typer.Option(
        "--broker", envvar="SONGHUA_UNIT_BROKER", help="HOST:PORT of the broker; mqtts://HOST:PORT with TLS."
    ),
]
Ca = Annotated[
    Path | None,
    typer.Option(
        "--ca",
        envvar="SONGHUA_UNIT_CA",
        help="With TLS: trust this authority (PEM) and no other.",
        dir_okay=False,
    ),
]
Uid = Annotated[
    str, typer.Option("--uid", envvar="SONGHUA_UNIT", help="The unit's name, for example app:17.")
]
PasswordFile = Annotated[
    Path | None,
    typer.Option("--password-file", help="File with the unit's password (else $SONGHUA_UNIT_PASSWORD)."),
]
Tenant = Annotated[
    str, typer.Option("--tenant", envvar="SONGHUA__TENANT", help="The city's name in the topics.")
]
StoreFile = Annotated[
    Path | None, typer.Option("--store", help="The folder of stored jobs and unsent messages.")
]
Groups = Annotated[
    list[str] | None,
    typer.Option(
        "--group", help="A talkgroup to listen to: its talkers are shown. The first is talked on. Repeat."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line, for programs.")]
Lang = Annotated[str, typer.Option("--language", help="zh or en.")]


@app.command()
def run(
    uid: Uid,
    broker: Broker = "127.0.0.1:1883",
    ca: Ca = None,
    password_file: PasswordFile = None,
    tenant: Tenant = "harbin",
    store: StoreFile = None,
    auto: Annotated[bool, typer.Option("--auto", help="Answer each job by the script in --steps.")] = False,
    steps: Annotated[
        str, typer.Option(help="The script, separated by commas.")
    ] = "accepted,on_the_way,arrived,done",
    delay: Annotated[float, typer.Option(min=0, help="Seconds before each scripted step.")] = 1.0,
    note: Annotated[str, typer.Option(help="The note that goes with `done`.")] = "",
    place: Annotated[
        str, typer.Option(help="Its position LON,LAT[,METRES] in WGS-84 degrees, sent every 10 s.")
    ] = "",
    once: Annotated[
        bool, typer.Option("--once", help="End after the first scripted job is confirmed.")
    ] = False,
    group: Groups = None,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """Sign in, show jobs as they come, report by keys or by a script, until q or Ctrl-C."""
    script = _steps(steps) if auto else []
    groups = [_checked(one, "--group") for one in group or ()]
    itself = TerminalIdentity(groups or None, _place(place))
    settings = _settings(broker, ca, uid, password_file, tenant)
    screen = Screen(_language(lang), as_json=as_json)
    path = store or _default_store(uid)
    with _held(path) as free:
        if not free:
            _fail(f"another terminal runs for {uid}", "end it, or use `songhua unit send`")
        asyncio.run(_run(settings, uid, path, screen, script, delay, note, itself, once=once))


@app.command()
def send(
    step: Annotated[str, typer.Argument(help="accepted, declined, on_the_way, arrived, done or returned.")],
    dispatch: Annotated[UUID, typer.Option("--dispatch", help="The dispatch that it is about.")],
    uid: Uid,
    broker: Broker = "127.0.0.1:1883",
    ca: Ca = None,
    password_file: PasswordFile = None,
    tenant: Tenant = "harbin",
    store: StoreFile = None,
    note: Annotated[str, typer.Option(help="A note, for `done`.")] = "",
    reason: Annotated[str, typer.Option(help="Why, for `declined` and `returned`.")] = "",
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait for the centre.")] = 10.0,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """Report one step. It is stored first, then sent, also by a terminal that runs at the same time."""
    (spoken,) = _steps(step)[:1]
    settings = _settings(broker, ca, uid, password_file, tenant)
    screen = Screen(_language(lang), as_json=as_json)
    path = store or _default_store(uid)
    try:
        confirmed, why = asyncio.run(_send(settings, uid, path, dispatch, spoken, note, reason, timeout))
    except SonghuaError as error:
        _fail(f"{error.title}: {error.detail}", error.remedy)
    screen.line("confirmed" if confirmed else "kept", why, dispatch_id=dispatch, step=spoken, detail=why)
    raise typer.Exit(0 if confirmed else KEPT)


@app.command()
def jobs(uid: Uid, store: StoreFile = None, as_json: Json = False, lang: Lang = "zh") -> None:
    """Show the jobs stored by this terminal, without a broker."""
    screen = Screen(_language(lang), as_json=as_json)
    kept = TerminalStore(store or _default_store(_checked(uid)))
    found = kept.jobs()
    kept.close()
    for number, job in enumerate(found, start=1):
        screen.job(number, job)
    if not found:
        screen.line("no_jobs")


@app.command()
def talk(
    group: Annotated[str, typer.Argument(help="The talkgroup, for example app:daoli.")],
    uid: Uid,
    broker: Broker = "127.0.0.1:1883",
    ca: Ca = None,
    password_file: PasswordFile = None,
    tenant: Tenant = "harbin",
    seconds: Annotated[float, typer.Option(min=0.1, help="How long to talk once it is granted.")] = 3.0,
    emergency: Annotated[bool, typer.Option("--emergency", help="As the emergency button.")] = False,
    timeout: Annotated[float, typer.Option(min=0, help="Seconds to wait for the floor.")] = 35.0,
    as_json: Json = False,
    lang: Lang = "zh",
) -> None:
    """Press the talk button, hold it for a while after the grant, and let go. There is no sound.

    Exit code 1 when the floor was denied, taken away, or nobody answered.
    """
    settings = _settings(broker, ca, uid, password_file, tenant)
    screen = Screen(_language(lang), as_json=as_json)
    _checked(group, "GROUP")
    talked = asyncio.run(_talk(settings, uid, group, screen, seconds, emergency=emergency, timeout_s=timeout))
    raise typer.Exit(0 if talked else FAILED)


async def _talk(
    settings: BrokerSettings,
    uid: str,
    group: str,
    screen: Screen,
    seconds: float,
    *,
    emergency: bool,
    timeout_s: float,
) -> bool:
    """Whether it had the floor until it let go itself."""
    press = OnePress(screen)
    button = TerminalFloor(settings, uid=uid, groups=(), tell=press.tell)
    await button.start()
    try:
        return await press.hold(button, group, seconds, emergency=emergency, timeout_s=timeout_s)
    finally:
        await button.stop()


async def _run(
    settings: BrokerSettings,
    uid: str,
    path: Path,
    screen: Screen,
    script: list[CrewStep],
    delay_s: float,
    note: str,
    itself: TerminalIdentity,
    *,
    once: bool,
) -> None:
    session = TerminalSession(screen)
    store = TerminalStore(path)
    store.forget_ended()
    terminal = UnitTerminal(settings, uid=uid, store=store, itself=itself, on_change=session.on_change)
    talk = TerminalFloor(settings, uid=uid, groups=itself.groups or (), tell=screen.floor)
    screen.line("waiting", uid)
    await terminal.start()
    await talk.start()
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)

    async def act() -> None:
        if script:
            await session.play(terminal, script, delay_s=delay_s, note=note, once=once)
            await terminal.wait_confirmed(timeout_s=60)
        else:
            await session.read_keys(terminal, talk, itself.groups or ())
        ended.set()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(session.show_changes(terminal)), group.create_task(act())]
            await ended.wait()
            for task in tasks:
                task.cancel()
    finally:
        await talk.stop()
        await terminal.stop()
        store.close()


async def _send(
    settings: BrokerSettings,
    uid: str,
    path: Path,
    dispatch: UUID,
    step: CrewStep,
    note: str,
    reason: str,
    timeout_s: float,
) -> tuple[bool, str]:
    """Whether the centre confirmed it in time, and what is in the way."""
    store, why = TerminalStore(path), ""
    try:
        msg_id = say(store, SystemClock(), dispatch, step, note=note, reason=reason)
        with _held(path) as free, contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                if not free:
                    while not store.confirmed(msg_id):  # noqa: ASYNC110  # another process confirms it
                        await asyncio.sleep(0.1)
                    return True, ""
                terminal = UnitTerminal(settings, uid=uid, store=store)
                await terminal.start()
                try:
                    await terminal.wait_confirmed(timeout_s=timeout_s)
                finally:
                    why = terminal.link.health().why
                    await terminal.stop()
        return store.confirmed(msg_id), why
    finally:
        store.close()


@contextlib.contextmanager
def _held(path: Path) -> Iterator[bool]:
    """True inside when no other process runs a terminal on this store."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


@app.callback()
def prepare() -> None:
    """A field unit's terminal: take jobs and report on them."""
    # The screen is for the crew; what goes wrong inside goes to the error output.
    log.configure(level="error", json=False)


def _settings(
    broker: str, ca: Path | None, uid: str, password_file: Path | None, tenant: str
) -> BrokerSettings:
    user = _checked(uid)
    tls = broker.startswith(TLS)
    host, colon, port = broker.removeprefix(TLS).rpartition(":")
    if not colon or not port.isdigit():
        _fail("--broker is HOST:PORT", "for example mqtts://hotline.example.org:8883", MISUSED)
    if ca is not None and not tls:
        _fail("--ca without TLS: the password would go to anybody", f"--broker {TLS}{broker}", MISUSED)
    try:
        password = password_file.read_text().strip() if password_file else os.environ["SONGHUA_UNIT_PASSWORD"]
    except KeyError:
        _fail("no password", "give --password-file, or set SONGHUA_UNIT_PASSWORD", MISUSED)
    except OSError as error:
        _fail(f"{password_file}: {error.strerror}", "an admin makes a password with POST /api/units", MISUSED)
    try:
        return BrokerSettings(
            host=host,
            port=int(port),
            tls=tls,
            ca_file=ca,
            tenant=tenant,
            user=user,
            password=SecretStr(password),
            retry_cap_s=10.0,
        )
    except ValidationError as error:
        _fail(f"{error.errors()[0]['loc'][0]}: {error.errors()[0]['msg']}", "see --help", MISUSED)


def _checked(name: str, option: str = "--uid") -> str:
    if not is_uid(name):
        _fail(f"{option} is network:id", "for example app:17", MISUSED)
    return name


def _default_store(uid: str) -> Path:
    home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return home / "songhua" / f"unit-{_checked(uid).replace(':', '-')}.db"


def _steps(text: str) -> list[CrewStep]:
    known = set(KEYS.values())
    found = [word.strip() for word in text.split(",") if word.strip()]
    if not found or any(word not in known for word in found):
        _fail("unknown step", f"one of {', '.join(sorted(known))}", MISUSED)
    return [cast("CrewStep", DispatchStep(word)) for word in found]


def _place(text: str) -> Position | None:
    if not text:
        return None
    try:
        lon, lat, accuracy_m, *more = [*map(float, text.split(",")), DEFAULT_ACCURACY_M]
        found = None if len(more) > 1 else Position(lon=lon, lat=lat, accuracy_m=accuracy_m)
    except ValueError:
        found = None
    if found is None or not isfinite(found.accuracy_m):
        _fail("--place is LON,LAT or LON,LAT,METRES", "for example 126.63,45.76", MISUSED)
    return found


def _language(text: str) -> Language:
    if text not in {"zh", "en"}:
        _fail("--language is zh or en", "", MISUSED)
    return cast("Language", text)


def _fail(what: str, remedy: str = "", code: int = FAILED) -> NoReturn:
    typer.echo(f"songhua unit: {what}", err=True)
    if remedy:
        typer.echo(f"remedy: {remedy}", err=True)
    raise typer.Exit(code)
