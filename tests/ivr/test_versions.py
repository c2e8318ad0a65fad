"""Flows and prompts changed at run time: no upload breaks what callers hear, and there is a way back."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.actor import Actor, Role
from core.operations import OperationReused
from core.storage import Storage, StorageAway
from gateway.agi import AgiCall, AgiReply, Environment
from gateway.wiring.ivr import NAMES, AgiLine
from ivr.flows.book import FlowBook, NoSuchFlow
from ivr.flows.load import FlowInvalid
from ivr.library import Library
from ivr.room import build, flow_files, sources
from ivr.settings import IvrSettings
from ivr.versions.active import ActiveVersions
from ivr.versions.errors import (
    AnotherIsActive,
    FolderUnusable,
    NoSuchVersion,
    PromptInUse,
    SpokenByTheSwitch,
)
from ivr.versions.files import LIST, VersionFolder
from ivr.versions.model import BadName, Subject, flow, prompt
from ivr.versions.service import Versions
from tests.ivr.ports import played_ports
from tests.ivr.test_engine import PlayedLine

ADMIN = Actor("sun.li", "孙丽", frozenset({Role.ADMIN}))
DEFAULT = flow("default")
WAV = b"RIFF-not-read-by-anything-here"


@dataclass
class NotedAudit:
    rows: list[tuple[str, str, Mapping[str, Any]]] = field(default_factory=list)

    async def record(
        self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        self.rows.append((action, subject, detail or {}))


def yaml(prompts: str = "greeting", queue: str = "hotline") -> bytes:
    return f"""
flow: default
languages: [zh, en]
start: greet
steps:
  greet: {{play: [{prompts}], notice: true, next: person}}
  person: {{queue: {queue}}}
""".encode()


def service(storage: Storage, folder: Path, audit: NotedAudit | None = None) -> Versions:
    book = FlowBook(Library(), played_ports())
    book.put_all(sources(IvrSettings()))
    texts = {name: file.read_bytes() for name, file in flow_files(IvrSettings()).items()}
    return Versions(storage, ActiveVersions(book, texts), VersionFolder(folder), audit or NotedAudit())


@pytest.fixture
def versions(storage: Storage, tmp_path: Path) -> Versions:
    return service(storage, tmp_path / "shelf")


async def heard(versions: Versions, name: str = "default") -> list[str]:
    """What the next caller hears."""
    line = PlayedLine()
    await versions.force._book.engine(name).run(line)  # the very engine that calls get
    return line.log


async def uploaded(versions: Versions, text: bytes, subject: Subject = DEFAULT) -> int:
    version, _ = await versions.upload_flow(ADMIN, subject, text, op_id=uuid4(), comment="夏季")
    return version.number


async def test_a_version_is_heard_from_the_next_call_on_and_rolled_back(versions: Versions) -> None:
    before = await heard(versions)
    number = await uploaded(versions, yaml("greeting, please-hold"))
    assert await heard(versions) == before, "uploading alone changes nothing"
    await versions.activate(ADMIN, DEFAULT, number, op_id=uuid4(), expected=0)
    assert "play zh/please-hold" in await heard(versions)
    back = await versions.roll_back(ADMIN, DEFAULT, op_id=uuid4(), expected=number)
    assert (back.number, back.previous) == (0, number)
    assert await heard(versions) == before
    assert [one.number for one in await versions.history(DEFAULT)] == [0, number]


async def test_a_call_finishes_with_the_version_that_it_began_with(versions: Versions) -> None:
    class SlowLine(PlayedLine):
        async def play(self, file: Path) -> None:
            await super().play(file)
            entered.set()
            await go.wait()

        async def hear(self, file: Path) -> str:
            await self.play(file)
            return ""

    entered, go = asyncio.Event(), asyncio.Event()
    line = SlowLine()
    calling = asyncio.ensure_future(versions.force._book.engine("default").run(line))
    await entered.wait()
    await versions.activate(
        ADMIN, DEFAULT, await uploaded(versions, yaml(queue="another")), op_id=uuid4(), expected=0
    )
    go.set()
    await calling
    assert "queue hotline" in line.log
    assert "queue another" in await heard(versions)


async def test_a_flow_with_errors_is_refused_with_its_lines(versions: Versions) -> None:
    text = yaml("no-such-prompt").replace(b"next: person", b"next: nowhere")
    with pytest.raises(FlowInvalid) as refused:
        await uploaded(versions, text)
    assert [(problem.line, problem.code) for problem in refused.value.problems] == [(6, "no-such-step")]
    with pytest.raises(FlowInvalid) as refused:
        await uploaded(versions, yaml("no-such-prompt"))
    assert [(problem.line, problem.code) for problem in refused.value.problems] == [(6, "missing-prompt")]
    assert await versions.versions(DEFAULT) == []


async def test_a_flow_of_another_name_or_purpose_is_refused(versions: Versions) -> None:
    with pytest.raises(FlowInvalid, match="another-name"):
        await uploaded(versions, yaml(), flow("status"))
    text = yaml().replace(b"flow: default", b"flow: waiting")
    with pytest.raises(FlowInvalid, match="another-purpose"):
        await uploaded(versions, text, flow("waiting"))


async def test_two_admins_cannot_undo_each_other_unseen(versions: Versions) -> None:
    first, second = await uploaded(versions, yaml()), await uploaded(versions, yaml("please-hold, greeting"))
    await versions.activate(ADMIN, DEFAULT, first, op_id=uuid4(), expected=0)
    with pytest.raises(AnotherIsActive):
        await versions.activate(ADMIN, DEFAULT, second, op_id=uuid4(), expected=0)
    assert versions.force.number(DEFAULT) == first


async def test_an_operation_is_done_once(versions: Versions) -> None:
    op = uuid4()
    first, _ = await versions.upload_flow(ADMIN, DEFAULT, yaml(), op_id=op)
    again, _ = await versions.upload_flow(ADMIN, DEFAULT, yaml(), op_id=op)
    assert first == again
    with pytest.raises(OperationReused):
        await versions.upload_flow(ADMIN, DEFAULT, yaml("please-hold"), op_id=op)
    act = uuid4()
    done = await versions.activate(ADMIN, DEFAULT, 1, op_id=act, expected=0)
    assert await versions.activate(ADMIN, DEFAULT, 1, op_id=act, expected=0) == done
    assert await versions.roll_back(ADMIN, DEFAULT, op_id=(back := uuid4())) == await versions.roll_back(
        ADMIN, DEFAULT, op_id=back
    )
    assert len(await versions.history(DEFAULT)) == 2


async def test_what_is_not_there_cannot_be_activated(versions: Versions) -> None:
    with pytest.raises(NoSuchVersion):
        await versions.activate(ADMIN, DEFAULT, 7, op_id=uuid4())
    text = yaml().replace(b"flow: default", b"flow: flood")
    await versions.activate(
        ADMIN, flow("flood"), await uploaded(versions, text, flow("flood")), op_id=uuid4()
    )
    assert "queue hotline" in await heard(versions, "flood")
    with pytest.raises(NoSuchVersion):
        await versions.activate(ADMIN, flow("flood"), 0, op_id=uuid4())


async def test_without_the_database_the_last_version_stays_even_over_a_restart(
    storage: Storage, tmp_path: Path
) -> None:
    first = service(storage, tmp_path / "shelf")
    number = await uploaded(first, yaml("greeting, please-hold"))
    await first.activate(ADMIN, DEFAULT, number, op_id=uuid4())
    away = Storage(storage.engine)

    def gone(*_: object) -> Any:
        raise StorageAway

    away.read = gone  # type: ignore[method-assign]
    away.write = gone  # type: ignore[method-assign]
    after = service(away, tmp_path / "shelf")
    after.restore()
    assert "play zh/please-hold" in await heard(after)
    with pytest.raises(StorageAway):
        await after.roll_back(ADMIN, DEFAULT, op_id=uuid4())
    assert after.force.number(DEFAULT) == number
    assert await after.content(DEFAULT, number) == yaml("greeting, please-hold")


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"[7]", b'[{"kind": "flow", "name": "../../etc", "number": 1}]']
)
async def test_a_damaged_shelf_means_the_built_in_flow(
    storage: Storage, tmp_path: Path, damage: bytes
) -> None:
    version_folder = tmp_path / "shelf"
    version_folder.mkdir()
    (version_folder / LIST).write_bytes(damage)
    after = service(storage, version_folder)
    after.restore()
    assert "queue hotline" in await heard(after)


async def test_a_file_that_is_not_what_it_was_is_not_used(storage: Storage, tmp_path: Path) -> None:
    first = service(storage, tmp_path / "shelf")
    number = await uploaded(first, yaml("greeting, please-hold"))
    await first.activate(ADMIN, DEFAULT, number, op_id=uuid4())
    (tmp_path / "shelf" / "flows" / f"default+{number}.yaml").write_bytes(yaml(queue="elsewhere"))
    after = service(storage, tmp_path / "shelf")
    after.restore()
    assert "queue hotline" in await heard(after)
    assert DEFAULT in after.faults
    await after.look()  # the database has it
    assert "play zh/please-hold" in await heard(after)
    assert after.faults == {}


async def test_another_process_takes_the_change_up(storage: Storage, tmp_path: Path) -> None:
    here, there = service(storage, tmp_path / "here"), service(storage, tmp_path / "there")
    await there.look()
    await here.activate(ADMIN, DEFAULT, await uploaded(here, yaml("greeting, please-hold")), op_id=uuid4())
    await there.look()
    assert "play zh/please-hold" in await heard(there)
    shutil.rmtree(tmp_path / "there")
    await here.roll_back(ADMIN, DEFAULT, op_id=uuid4())
    await there.look()
    assert "play zh/please-hold" not in await heard(there)


async def test_a_prompt_is_replaced_for_the_next_call(versions: Versions) -> None:
    subject = prompt("zh", "greeting")
    version = await versions.upload_prompt(ADMIN, subject, WAV, op_id=uuid4(), facts={"seconds": 2.0})
    await versions.activate(ADMIN, subject, version.number, op_id=uuid4(), expected=0)
    assert "play zh/greeting+1" in await heard(versions)
    await versions.roll_back(ADMIN, subject, op_id=uuid4())
    assert "play zh/greeting" in await heard(versions)


async def test_a_prompt_that_a_flow_plays_cannot_go_away(versions: Versions) -> None:
    subjects = [prompt(language, "flood-warning") for language in ("zh", "en")]
    with pytest.raises(FlowInvalid, match="missing-prompt"):
        await uploaded(versions, yaml("flood-warning"))
    for subject in subjects:
        version = await versions.upload_prompt(ADMIN, subject, WAV, op_id=uuid4())
        await versions.activate(ADMIN, subject, version.number, op_id=uuid4())
    await versions.activate(ADMIN, DEFAULT, await uploaded(versions, yaml("flood-warning")), op_id=uuid4())
    with pytest.raises(PromptInUse):
        await versions.activate(ADMIN, subjects[1], 0, op_id=uuid4())
    assert "play zh/flood-warning+1" in await heard(versions)
    await versions.roll_back(ADMIN, DEFAULT, op_id=uuid4())
    await versions.activate(ADMIN, subjects[1], 0, op_id=uuid4())
    with pytest.raises(FlowInvalid, match="missing-prompt"):
        await versions.activate(ADMIN, DEFAULT, 1, op_id=uuid4())
    assert "play zh/greeting" in await heard(versions)


async def test_what_the_dialplan_speaks_itself_is_refused(versions: Versions) -> None:
    with pytest.raises(SpokenByTheSwitch):
        await versions.upload_prompt(ADMIN, prompt("zh", "digit-7"), WAV, op_id=uuid4())


async def test_every_change_is_audited(storage: Storage, tmp_path: Path) -> None:
    audit = NotedAudit()
    versions = service(storage, tmp_path, audit)
    await versions.activate(ADMIN, DEFAULT, await uploaded(versions, yaml()), op_id=uuid4())
    assert [(action, subject) for action, subject, _ in audit.rows] == [
        ("ivr.upload-flow", "flow:default"),
        ("ivr.activate-flow", "flow:default"),
    ]
    (version,) = await versions.versions(DEFAULT)
    assert (version.by, version.comment) == ("sun.li", "夏季")


@given(st.text(max_size=60), st.text(max_size=4))
def test_no_name_leaves_the_shelf(name: str, language: str) -> None:
    version_folder = VersionFolder(Path("/nowhere/shelf"))
    with contextlib.suppress(BadName):
        assert version_folder.file(flow(name), 1).resolve().is_relative_to(version_folder.folder)
    with contextlib.suppress(BadName):
        assert version_folder.file(prompt(language, name), 1).resolve().is_relative_to(version_folder.folder)


PIECES = st.sampled_from(
    [
        "flow: default\n", "languages: [zh]\n", "start: a\n", "steps:\n", "  a: {queue: hotline}\n",
        "  b: {play: greeting, next: a}\n", "purpose: entry\n", "&x", "*x", "{", "]", "\x00", "'",
        "  a: {hangup: true}\n", "- ", "? ",
    ]
)  # fmt: skip
TEXTS = st.one_of(
    st.binary(max_size=200),
    st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.lists(PIECES, max_size=14).map(lambda parts: "".join(parts).encode()),
)


@given(text=TEXTS)
def test_any_text_is_a_flow_or_refused_and_what_is_in_force_stays(text: bytes) -> None:
    book = FlowBook(Library(), played_ports())
    book.put_all({"default": sources(IvrSettings())["default"]})
    force = ActiveVersions(book, {})
    before = book.engine("default")
    try:
        _, problems = force.check(DEFAULT, text)
    except FlowInvalid as refused:
        problems = refused.problems
        refusal = bool(problems)
    else:
        refusal = True
    assert refusal, "a refusal says why"
    assert all(problem.line >= 1 for problem in problems)
    assert book.engine("default") is before


async def test_the_switch_may_be_told_where_an_uploaded_prompt_is(versions: Versions) -> None:
    sent = []

    async def exchange(line: bytes, _deadline: float | None) -> AgiReply:
        sent.append(line)
        return AgiReply(200, "0")

    file = VersionFolder(Path("/var/lib/songhua/ivr")).file(prompt("zh", "greeting"), 3)
    await AgiLine(AgiCall(Environment({}), NAMES, exchange)).play(file)
    assert b'"/var/lib/songhua/ivr/prompts/zh/greeting+3"' in sent[0]


async def test_a_folder_of_which_the_switch_cannot_be_told_is_named(storage: Storage, tmp_path: Path) -> None:
    versions = service(storage, tmp_path / "two words")
    made = await versions.upload_prompt(ADMIN, prompt("zh", "greeting"), WAV, op_id=uuid4())
    with pytest.raises(FolderUnusable):
        await versions.activate(ADMIN, prompt("zh", "greeting"), made.number, op_id=uuid4())
    assert "play zh/greeting" in await heard(versions)


async def test_a_number_may_have_a_flow_that_was_uploaded(storage: Storage, tmp_path: Path) -> None:
    version_folder = tmp_path / "shelf"
    first = service(storage, version_folder)
    text = yaml().replace(b"flow: default", b"flow: flood")
    await first.activate(ADMIN, flow("flood"), await uploaded(first, text, flow("flood")), op_id=uuid4())
    entries = ({"flow": "flood", "called": "12345"},)
    build(IvrSettings.model_validate({"uploads": version_folder, "entries": entries}), played_ports())
    with pytest.raises(NoSuchFlow):
        build(
            IvrSettings.model_validate({"uploads": tmp_path / "another", "entries": entries}), played_ports()
        )
