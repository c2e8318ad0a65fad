"""Fills `cases.learning.ports.Trainer`: starts the training process, reads its progress, ends it in time."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from cases.learning.errors import NothingToTrainOn, TrainingFailed
from cases.learning.ports import Progress
from cases.learning.retraining.model import RoundResult
from core.environment import without_secrets
from core.log import logger
from gateway.retraining.messages import Order, RoundDone, RoundFailed, RoundStep
from gateway.settings import Settings

PROGRAM = ("-m", "gateway.retraining.child")
_ROOT = Path(__file__).resolve().parents[2]
_SAID: TypeAdapter[RoundStep | RoundDone | RoundFailed] = TypeAdapter(
    Annotated[RoundStep | RoundDone | RoundFailed, Field(discriminator="kind")]
)
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_log = logger("cases")


class ProcessTrainer:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def train(self, folder: Path, old: Path | None, progress: Progress) -> RoundResult:
        """Raises `TrainingFailed`, `NothingToTrainOn`. However it ends, the process is gone then."""
        bounds = self._settings.cases.retraining
        order = Order(
            storage=self._settings.storage,
            own_gazetteer=_absolute(self._settings.cases.own_gazetteer),
            folder=folder,
            old=old,
            memory_mb=bounds.memory_mb,
        )
        child = await _spawn()
        try:
            async with asyncio.timeout(bounds.minutes * 60):
                return await _listen(child, order, progress)
        except TimeoutError as late:
            raise TrainingFailed(
                f"it took longer than {bounds.minutes:g} minutes",
                remedy="raise cases.retraining.minutes, or train in a quieter hour",
            ) from late
        finally:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()


async def _spawn() -> asyncio.subprocess.Process:
    path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH", "")]))
    try:
        return await asyncio.create_subprocess_exec(
            sys.executable,
            *PROGRAM,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # A library's complaint may quote what a citizen said.
            stderr=asyncio.subprocess.DEVNULL,
            env=without_secrets(PYTHONPATH=path, **_ONE_THREAD),
        )
    except OSError as error:
        raise TrainingFailed(
            f"no process could be started: {error.strerror}", remedy="check that the machine has free memory"
        ) from error


async def _listen(child: asyncio.subprocess.Process, order: Order, progress: Progress) -> RoundResult:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(order.model_dump_json().encode() + b"\n")
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        await child.stdin.drain()
    while line := await _line(child.stdout):
        match _understood(line):
            case RoundStep(step=step, done=done, of=of):
                progress(step, done, of)
            case RoundDone(made=made):
                return made
            case RoundFailed() as failed:
                raise _failure(failed)
    code = await child.wait()
    why = f"it was killed (signal {-code})" if code < 0 else f"it ended by itself (code {code})"
    raise TrainingFailed(
        why, remedy="check that the machine has free memory, raise cases.retraining.memory_mb, train again"
    )


async def _line(stream: asyncio.StreamReader) -> bytes:
    try:
        return await stream.readline()
    except ValueError as error:
        raise _nonsense() from error


def _understood(line: bytes) -> RoundStep | RoundDone | RoundFailed:
    try:
        return _SAID.validate_json(line)
    except ValidationError as error:
        raise _nonsense() from error


def _nonsense() -> TrainingFailed:
    return TrainingFailed(
        "the process that trains said nonsense", remedy="train again; report it if it happens again"
    )


def _failure(failed: RoundFailed) -> TrainingFailed | NothingToTrainOn:
    if failed.problem == NothingToTrainOn.kind:
        return NothingToTrainOn(failed.detail, remedy=failed.remedy)
    if failed.where:
        _log.error("training crashed", detail=failed.detail, where=list(failed.where))
    where = f" at {failed.where[-1]}" if failed.where else ""
    return TrainingFailed(f"{failed.detail}{where}", remedy=failed.remedy or "train again")


def _absolute(path: Path | None) -> Path | None:
    return None if path is None else path.absolute()
