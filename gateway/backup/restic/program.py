"""Runs restic, bounded in time. Its secrets stand in memory that restic alone opens: not in a command line,
an environment or a file.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import IO, Final

from gateway.backup.errors import ArchiveRefused, ResticFailed
from gateway.backup.restic.faults import fault
from gateway.backup.settings import ResticSettings

ANSWERS_S: Final = 900.0
"""For everything but sending, fetching and removing."""
LOCK_WAIT_S: Final = 300
"""Another restic may be at work there for so long."""
_OURS: Final = ("RESTIC_", "SONGHUA_")
_OF_KEYS: Final = ("AWS_", "MINIO_")
_NEVER_ASKS: Final = "-oBatchMode=yes -oConnectTimeout=20 -oServerAliveInterval=30"
_BLOCK: Final = 1 << 20


class ResticProgram:
    """restic with one repository. Every method raises `ResticFailed`."""

    def __init__(self, settings: ResticSettings) -> None:
        self._settings = settings

    @property
    def repository(self) -> str:
        return self._settings.repository

    @property
    def most_s(self) -> float:
        return self._settings.most_h * 3_600

    def asked(self, *words: str, within_s: float = ANSWERS_S) -> bytes:
        """What it prints."""
        with self.reading(*words, within_s=within_s) as stream:
            return stream.read()

    @contextmanager
    def reading(self, *words: str, within_s: float) -> Iterator[IO[bytes]]:
        """What it prints, as a stream. What is refused inside is refused after restic ended well; had it
        failed, that is the cause.
        """
        with ExitStack() as stack:
            running = _RunningRestic(stack, self._command(stack, words), within_s, stdin=subprocess.DEVNULL)
            assert running.process.stdout is not None
            refused: ArchiveRefused | None = None
            try:
                yield running.process.stdout
            except ArchiveRefused as error:
                refused = error
            while running.process.stdout.read(_BLOCK):
                pass
            running.ended(self.repository)
            if refused is not None:
                raise refused

    def fed(self, *words: str, blocks: Iterable[bytes], within_s: float) -> bytes:
        """What it prints after it was given the blocks. Where they cannot be read to their end it is ended
        before it takes what it has for the whole.
        """
        with ExitStack() as stack, tempfile.TemporaryFile() as told:
            running = _RunningRestic(
                stack, self._command(stack, words), within_s, stdin=subprocess.PIPE, stdout=told
            )
            stream = running.process.stdin
            assert stream is not None
            try:
                for block in blocks:
                    stream.write(block)
                stream.close()
            except BrokenPipeError:
                pass  # it has ended, and its exit code says why
            except BaseException:
                running.process.kill()
                running.process.wait()
                raise
            running.ended(self.repository)
            told.seek(0)
            return told.read()

    def _command(self, stack: ExitStack, words: Iterable[str]) -> _ResticCommand:
        settings = self._settings
        found = shutil.which("restic")
        if found is None:
            raise ResticFailed("restic is not on this machine", remedy="apt install restic")
        password = stack.enter_context(_in_memory(settings.password.get_secret_value()))
        argv = [
            found, "--repo", settings.repository, "--password-file", _path(password), "--no-cache", "--json",
            "--retry-lock", f"{LOCK_WAIT_S}s", *_options(settings), *words,
        ]  # fmt: skip
        handles = [password]
        # Times are told and printed without a zone.
        environment = {**_without(os.environ, _OURS), "TZ": "UTC", "LC_ALL": "C.UTF-8"}
        if settings.s3_key.get_secret_value():
            keys = stack.enter_context(_in_memory(_credentials(settings)))
            handles.append(keys)
            environment = {**_without(environment, _OF_KEYS), "AWS_SHARED_CREDENTIALS_FILE": _path(keys)}
        return _ResticCommand(argv, environment, handles)


def _options(settings: ResticSettings) -> list[str]:
    found = []
    if settings.s3_region:
        found += ["--option", f"s3.region={settings.s3_region}"]
    if settings.repository.startswith("sftp:"):
        found += ["--option", f"sftp.args={_NEVER_ASKS}"]
    if settings.ca_file is not None:
        found += ["--cacert", str(settings.ca_file)]
    return found


def _credentials(settings: ResticSettings) -> str:
    key_id, key = settings.s3_key_id.get_secret_value(), settings.s3_key.get_secret_value()
    return f"[default]\naws_access_key_id = {key_id}\naws_secret_access_key = {key}\n"


def _without(environment: Mapping[str, str], beginnings: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not name.startswith(beginnings)}


class _ResticCommand:
    def __init__(self, argv: list[str], environment: dict[str, str], handles: list[int]) -> None:
        self.argv = argv
        self.environment = environment
        self.handles = handles


class _RunningRestic:
    """A process that is killed when its time is over, and when `stack` ends."""

    def __init__(
        self,
        stack: ExitStack,
        command: _ResticCommand,
        within_s: float,
        *,
        stdin: int,
        stdout: IO[bytes] | int = subprocess.PIPE,
    ) -> None:
        self._said = stack.enter_context(tempfile.TemporaryFile())  # noqa: SIM115  # closed by `stack`
        try:
            self.process = subprocess.Popen(  # noqa: S603  # our words; the repository is the settings'
                command.argv, stdin=stdin, stdout=stdout, stderr=self._said, env=command.environment,
                pass_fds=command.handles,
            )  # fmt: skip
        except OSError as error:
            raise ResticFailed(
                f"restic does not start: {error.strerror}", remedy="see its package"
            ) from error
        stack.callback(self._end)
        self._within_s = within_s
        self._late = False
        self._timer = threading.Timer(within_s, self._too_late)
        self._timer.daemon = True
        self._timer.start()

    def ended(self, repository: str) -> None:
        """Wait for its end. Raises `ResticFailed` unless it ended well."""
        code = self.process.wait()
        self._timer.cancel()
        if self._late:
            raise ResticFailed(
                f"{repository}: not done after {self._within_s / 3_600:g} h",
                remedy="see how fast it is reached; [backup.restic] most_h",
            )
        if code != 0:
            self._said.seek(0)
            raise fault(code, self._said.read(), repository)

    def _too_late(self) -> None:
        self._late = True
        self.process.kill()

    def _end(self) -> None:
        self._timer.cancel()
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):
                    stream.close()


@contextmanager
def _in_memory(text: str) -> Iterator[int]:
    """A file without a name. Who inherits its handle opens it from its beginning."""
    handle = os.memfd_create("songhua", os.MFD_CLOEXEC)
    try:
        os.write(handle, text.encode())
        yield handle
    finally:
        os.close(handle)


def _path(handle: int) -> str:
    return f"/proc/self/fd/{handle}"
