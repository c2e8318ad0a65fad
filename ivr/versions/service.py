"""Uploads, activates and rolls back versions of flows and prompts.

Playback never depends on the database: the active versions are in memory and on this machine's disk, and
change only after a change was tried and stored. Changes by other processes are found by polling.
Reading and linting a flow takes longer than a call may wait, so it is done in a thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from core.actor import Actor
from core.audit import Audit
from core.errors import Conflict, SonghuaError
from core.log import logger
from core.metrics import counter, gauge
from core.operations import OperationReused
from core.storage import Storage, StorageAway
from ivr.flows.load import FlowInvalid, FlowProblem, load
from ivr.versions import store
from ivr.versions.active import ActivationChange, ActiveVersions
from ivr.versions.errors import (
    AnotherIsActive,
    FolderUnusable,
    NoSuchVersion,
    PromptInUse,
    SpokenByTheSwitch,
    TooManyVersions,
)
from ivr.versions.files import ActiveVersion, VersionFolder
from ivr.versions.model import BUILT_IN, MOST_COMMENT, Activation, StoredVersion, Subject, digest

MOST_VERSIONS: Final = 1_000
"""Of one flow or prompt; beyond that an operator looks before he goes on."""
MOST_SHOWN: Final = 200
LOOK_EVERY_S: Final = 2.0
KEEP_FILES_S: Final = 24 * 3600.0
"""A replaced prompt's file stays for calls that still play it."""
OF_THE_SWITCH: Final = re.compile(r"digit-[0-9]")
"""Spoken digit by digit by the dialplan, from its own folder."""

_TELLABLE: Final = re.compile(r"[\w./+-]{1,190}", re.ASCII)
"""A path that the gateway may send to the switch as an argument."""
_log = logger("ivr")
_changes = counter("ivr_changes", "Versions put into force, or refused", ["kind", "how"])
_behind = gauge("ivr_changes_refused", "Versions that the database has in force and this process cannot use")


class Versions:
    def __init__(
        self, storage: Storage, force: ActiveVersions, version_folder: VersionFolder, audit: Audit
    ) -> None:
        self.force = force
        self._storage = storage
        self._version_folder = version_folder
        self._audit = audit
        self._changing = asyncio.Lock()
        self._seen = -1
        self.faults: dict[Subject, str] = {}
        """What the database has in force and cannot be used here, with the reason."""

    # --- what there is --------------------------------------------------------------------------

    async def versions(self, subject: Subject) -> list[StoredVersion]:
        """The newest first; the built-in one is not among them."""
        async with self._storage.read() as connection:
            return list(await store.versions_of(connection, subject, MOST_SHOWN))

    async def history(self, subject: Subject) -> list[Activation]:
        """When which version was activated by whom, newest first."""
        async with self._storage.read() as connection:
            return list(await store.activations_of(connection, subject, MOST_SHOWN))

    async def counts(self, kind: str) -> dict[str, int]:
        """How many versions each subject of a kind has."""
        async with self._storage.read() as connection:
            return await store.counts(connection, kind)

    async def content(self, subject: Subject, number: int) -> bytes:
        """A version's YAML or WAV. Raises `NoSuchVersion`."""
        if number == BUILT_IN:
            return await asyncio.to_thread(self._built_in, subject)
        entry = self.force.entries.get(subject)
        if entry is not None and entry.number == number:
            known = await asyncio.to_thread(self._version_folder.content, subject, entry)
            if known is not None:
                return known
        async with self._storage.read() as connection:
            found = await store.version_of(connection, subject, number)
        if found is None:
            raise NoSuchVersion(f"{subject.name} has no version {number}")
        return found[1]

    # --- changes --------------------------------------------------------------------------------

    async def upload_flow(
        self, actor: Actor, subject: Subject, text: bytes, *, op_id: UUID, comment: str = ""
    ) -> tuple[StoredVersion, list[FlowProblem]]:
        """A new version, not yet in force, and the linter's warnings.

        Raises `FlowInvalid` with every error and its line, `OperationReused`, `StorageAway`.
        """
        _, problems = await asyncio.to_thread(self.force.check, subject, text)
        errors = [problem for problem in problems if problem.level == "error"]
        if errors:
            _changes.labels(subject.kind, "refused").inc()
            raise FlowInvalid(errors)
        return await self._upload(actor, subject, text, {}, op_id, comment), problems

    async def upload_prompt(
        self,
        actor: Actor,
        subject: Subject,
        wav: bytes,
        *,
        op_id: UUID,
        comment: str = "",
        facts: Mapping[str, float | str] | None = None,
    ) -> StoredVersion:
        """A new version of 8 kHz sound (`ivr.upload`), not yet in force."""
        if OF_THE_SWITCH.fullmatch(subject.plain):
            raise SpokenByTheSwitch(
                subject.plain, remedy="put the file into the folder asterisk.directories.prompts names"
            )
        return await self._upload(actor, subject, wav, dict(facts or {}), op_id, comment)

    async def activate(
        self,
        actor: Actor,
        subject: Subject,
        number: int,
        *,
        op_id: UUID,
        expected: int | None = None,
        comment: str = "",
    ) -> Activation:
        """Put a version into force for the next call; 0 is the built-in one (a prompt without one goes away).

        `expected` is the version that is thought to be in force. Raises `AnotherIsActive`, `NoSuchVersion`,
        `FlowInvalid`, `PromptInUse`, `OperationReused`, `StorageAway`; then nothing has changed.
        """
        async with self._changing:
            return await self._activate(actor, subject, number, op_id, expected, comment)

    async def roll_back(
        self,
        actor: Actor,
        subject: Subject,
        *,
        op_id: UUID,
        to: int | None = None,
        expected: int | None = None,
        comment: str = "",
    ) -> Activation:
        """Back to version `to`, or to the one that was in force before. Raises as `activate`."""
        async with self._changing:
            if to is None:
                async with self._storage.read() as connection:
                    done = await store.activation_by_op(connection, op_id)
                    last = await store.last_activation(connection, subject)
                if done is not None:
                    to = done.number
                elif last is None:
                    raise Conflict(
                        f"{subject.name} was never changed", remedy="there is nothing to roll back"
                    )
                else:
                    to = last.previous
            return await self._activate(actor, subject, to, op_id, expected, comment)

    # --- what others changed --------------------------------------------------------------------

    def restore(self) -> None:
        """At start: what was in force when this process last ran, from its own disk. Never raises."""
        for subject, entry in self._ordered(self._version_folder.load()):
            content = self._version_folder.content(subject, entry)
            if content is None:
                self.faults[subject] = "its file is missing or damaged"
                _log.error("a version in force is not on the disk", subject=str(subject), number=entry.number)
                continue
            self._take(subject, entry, content)

    async def watch(self) -> None:
        """Take up what another process has put into force, until cancelled."""
        while True:
            with contextlib.suppress(StorageAway):  # what is in force stays
                await self.look()
            await self._storage.clock.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Raises `StorageAway`."""
        async with self._changing:
            async with self._storage.read() as connection:
                seq = await store.last_seq(connection)
                if seq == self._seen:
                    return
                wanted = await store.in_force(connection)
                fresh = {}
                for subject, number in wanted.items():
                    if number != self.force.number(subject) and number != BUILT_IN:
                        fresh[subject] = await store.version_of(connection, subject, number)
            await asyncio.to_thread(self._take_all, wanted, fresh)
            self._seen = seq

    def _take_all(
        self, wanted: Mapping[Subject, int], fresh: Mapping[Subject, tuple[StoredVersion, bytes] | None]
    ) -> None:
        self.faults.clear()
        arriving = {}
        for subject, found in fresh.items():
            if found is not None:
                arriving[subject] = ActiveVersion(found[0].number, found[0].sha256)
        for subject, entry in self._ordered(arriving):
            found = fresh[subject]
            assert found is not None
            self._take(subject, entry, found[1])
        gone = [one for one in self.force.entries if wanted.get(one, BUILT_IN) == BUILT_IN]
        for subject in sorted(gone, key=lambda one: one.kind):  # flows first: they let prompts go
            self._take(subject, ActiveVersion(BUILT_IN, ""), b"")
        _behind.set(len(self.faults))
        self._keep()

    def _take(self, subject: Subject, entry: ActiveVersion, content: bytes) -> None:
        try:
            self.force.put(self._change(subject, entry, content))
        except (SonghuaError, OSError) as error:
            self.faults[subject] = str(error)
            _changes.labels(subject.kind, "refused").inc()
            _log.error(
                "a version cannot be used here", subject=str(subject), number=entry.number,
                error=type(error).__name__,
            )  # fmt: skip

    @staticmethod
    def _ordered(entries: Mapping[Subject, ActiveVersion]) -> list[tuple[Subject, ActiveVersion]]:
        """Prompts before the flows that play them."""
        return sorted(entries.items(), key=lambda item: (item[0].kind != "prompt", item[0].name))

    # --- inside ---------------------------------------------------------------------------------

    async def _upload(
        self,
        actor: Actor,
        subject: Subject,
        content: bytes,
        facts: dict[str, float | str],
        op_id: UUID,
        comment: str,
    ) -> StoredVersion:
        version = StoredVersion(
            subject=subject,
            number=0,
            op_id=op_id,
            sha256=digest(content),
            by=actor.id,
            at=self._storage.clock.now(),
            comment=comment[:MOST_COMMENT],
            facts=facts,
        )
        try:
            async with self._storage.write() as transaction:
                connection = transaction.connection
                done = await store.version_by_op(connection, op_id)
                if done is not None:
                    return _same_version(done, version)
                version = replace(version, number=await store.last_number(connection, subject) + 1)
                if version.number > MOST_VERSIONS:
                    raise TooManyVersions(subject.name, remedy="choose another name")
                await store.add_version(connection, version, content)
        except IntegrityError as error:
            raise AnotherIsActive("somebody else uploaded at the same moment", remedy="try again") from error
        await self._record(actor, f"ivr.upload-{subject.kind}", version.subject, number=version.number)
        return version

    async def _activate(
        self, actor: Actor, subject: Subject, number: int, op_id: UUID, expected: int | None, comment: str
    ) -> Activation:
        async with self._storage.read() as connection:
            done = await store.activation_by_op(connection, op_id)
            found = None if number == BUILT_IN else await store.version_of(connection, subject, number)
        if done is not None:
            return _same_activation(done, subject, number)
        if found is None and number != BUILT_IN:
            raise NoSuchVersion(
                f"{subject.name} has no version {number}", remedy="songhua ivr versions lists them"
            )
        entry = ActiveVersion(number, found[0].sha256 if found else "")
        change = await asyncio.to_thread(self._change, subject, entry, found[1] if found else b"")
        if number == BUILT_IN:
            self._must_exist(subject)
        try:
            await asyncio.to_thread(self.force.try_on, change)
        except (FlowInvalid, PromptInUse):
            _changes.labels(subject.kind, "refused").inc()
            raise
        activation = await self._write_down(actor, subject, number, op_id, expected, comment)
        await asyncio.to_thread(self.force.put, change)
        self.faults.pop(subject, None)
        await asyncio.to_thread(self._keep)
        _changes.labels(subject.kind, "in force").inc()
        _log.info("a version is in force", subject=str(subject), number=number, by=actor.id)
        await self._record(
            actor, f"ivr.activate-{subject.kind}", subject, number=number, previous=activation.previous
        )
        return activation

    async def _write_down(
        self, actor: Actor, subject: Subject, number: int, op_id: UUID, expected: int | None, comment: str
    ) -> Activation:
        try:
            async with self._storage.write() as transaction:
                last = await store.last_activation(transaction.connection, subject)
                now = BUILT_IN if last is None else last.number
                if expected is not None and expected != now:
                    raise AnotherIsActive(
                        f"{subject.name}: version {now} is active, not {expected}",
                        remedy="see which version is active now, then decide again",
                        active=now,
                    )
                activation = Activation(
                    subject=subject,
                    revision=1 if last is None else last.revision + 1,
                    number=number,
                    previous=now,
                    op_id=op_id,
                    by=actor.id,
                    at=self._storage.clock.now(),
                    comment=comment[:MOST_COMMENT],
                )
                await store.add_activation(transaction.connection, activation)
        except IntegrityError as error:
            raise AnotherIsActive(
                "somebody else changed it at the same moment", remedy="see which version is active now"
            ) from error
        return activation

    def _change(self, subject: Subject, entry: ActiveVersion, content: bytes) -> ActivationChange:
        """Raises `FlowInvalid`, `OSError`; the file is on the disk when this returns."""
        if entry.number == BUILT_IN:
            return ActivationChange(subject, BUILT_IN)
        file: Path = self._version_folder.put(subject, entry.number, content)
        if subject.kind == "prompt":
            if not _TELLABLE.fullmatch(str(file)):
                raise FolderUnusable(
                    str(self._version_folder.folder),
                    remedy="set ivr.uploads to a short path of letters, digits and . _ - only",
                )
            return ActivationChange(subject, entry.number, entry.sha256, file=file)
        return ActivationChange(subject, entry.number, entry.sha256, source=load(content))

    def _keep(self) -> None:
        """The list on the disk, for a start without the database; where it fails, that start has less."""
        try:
            self._version_folder.save(self.force.entries)
            self._version_folder.sweep(self.force.entries, older_than=time.time() - KEEP_FILES_S)
        except OSError as error:
            _log.error("what is in force was not written to the disk", error=type(error).__name__)

    def _must_exist(self, subject: Subject) -> None:
        """Version 0 of a flow is what the program brings; of a prompt it may be its absence."""
        if subject.kind == "flow" and subject.plain not in self.force.texts:
            raise NoSuchVersion(f"{subject.name} has no built-in version", remedy="activate one of its own")
        if subject.kind == "prompt" and self.force.number(subject) == BUILT_IN:
            self._built_in(subject)

    def _built_in(self, subject: Subject) -> bytes:
        if subject.kind == "flow":
            text = self.force.texts.get(subject.plain)
            if text is not None:
                return text
        else:
            file = self.force.built_in_prompt(subject)
            if file is not None:
                return file.read_bytes()
        raise NoSuchVersion(f"{subject.name} has no built-in version")

    async def _record(self, actor: Actor, action: str, subject: Subject, **detail: Any) -> None:
        try:
            await self._audit.record(actor, action, str(subject), detail)
        except SonghuaError as error:
            # The rows themselves say who and when.
            _log.warning("not in the audit trail", action=action, error=error.kind)


def _same_version(done: StoredVersion, asked: StoredVersion) -> StoredVersion:
    if (done.subject, done.sha256) != (asked.subject, asked.sha256):
        raise OperationReused
    return done


def _same_activation(done: Activation, subject: Subject, number: int) -> Activation:
    if (done.subject, done.number) != (subject, number):
        raise OperationReused
    return done
