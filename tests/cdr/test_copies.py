"""Signed heads leave the machine as they are made; a destination that is away is tried again and named."""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from http.client import BadStatusLine
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from cdr.chain import heads as signed
from cdr.chain.copies import build, source
from cdr.chain.copies.check import check_timestamps
from cdr.chain.copies.destination import Destination, NotCopied
from cdr.chain.copies.file import SecondFile
from cdr.chain.copies.sender import BATCH, HeadSender
from cdr.chain.copies.settings import HeadsCopies
from cdr.chain.copies.source import CopyPositions, HeadsPosition
from cdr.chain.copies.syslog import Syslog, message
from cdr.chain.copies.timestamps import Timestamps, stamped
from cdr.chain.heads import Head, read_copy, read_heads
from cdr.chain.verify import ChainReport
from core.clock import SystemClock
from tests.cdr.test_chain import more
from tests.cdr.world import World, whats


class Taking:
    """A destination that can be away; everything that it took."""

    name = "taking"
    newest_only = False
    every_s = 0.0

    def __init__(self, *, whole: bool = True) -> None:
        self.whole = whole
        self.away = False
        self.error: Exception = NotCopied("it is away: bring it back")
        self.took: list[Head] = []
        self.tries = 0

    async def take(self, heads: Sequence[Head]) -> None:
        self.tries += 1
        if self.away:
            raise self.error
        self.took += heads


class HandClock(SystemClock):
    def __init__(self) -> None:
        self.at = 0.0

    def monotonic(self) -> float:
        return self.at


def lines(count: int, first: int = 1) -> bytes:
    """So many heads; their signatures only have to differ here."""
    at = datetime(2026, 12, 1, tzinfo=UTC).isoformat(timespec="microseconds")
    return b"".join(Head(n, f"{n:064d}", at, "", f"sig{n}").line() for n in range(first, first + count))


def made(file: Path, *to: Destination, clock: SystemClock | None = None) -> HeadSender:
    return HeadSender(file, to, clock or SystemClock(), retry_s=0.01, late_s=60)


async def test_a_destination_that_was_away_gets_all_that_it_missed_and_nothing_twice(tmp_path: Path) -> None:
    file, to, clock = tmp_path / "heads", Taking(), HandClock()
    file.write_bytes(lines(3))
    sender = made(file, to, clock=clock)
    to.away = True
    await sender.send_once()
    assert sender.troubles() == []  # a moment is no trouble
    clock.at = 61
    file.write_bytes(lines(5))
    await sender.send_once()
    [trouble] = sender.troubles()
    assert "have not reached taking for 61 s: it is away: bring it back" in trouble
    to.away = False
    await sender.send_once()
    await made(file, to).send_once()  # after a restart it goes on where it was
    file.write_bytes(lines(6))
    await made(file, to).send_once()
    assert [head.seq for head in to.took] == [1, 2, 3, 4, 5, 6]
    assert sender.troubles() == []


async def test_what_waits_is_not_kept_in_memory_and_goes_out_in_batches(tmp_path: Path) -> None:
    file, to = tmp_path / "heads", Taking()
    file.write_bytes(lines(2 * BATCH + 1))
    sender = made(file, to)
    for taken in (BATCH, 2 * BATCH, 2 * BATCH + 1, 2 * BATCH + 1):
        await sender.send_once()
        assert len(to.took) == taken


@pytest.mark.parametrize("error", [NotCopied("away"), BadStatusLine("?"), ValueError("a port of 99999")])
async def test_one_destination_that_is_away_holds_up_no_other(tmp_path: Path, error: Exception) -> None:
    file, away, near = tmp_path / "heads", Taking(), Taking()
    away.away, away.error, near.name = True, error, "near"
    file.write_bytes(lines(1))
    running = asyncio.create_task(made(file, away, near).run(0.01))
    async with asyncio.timeout(10):
        while not near.took or away.tries < 2:
            await asyncio.sleep(0.01)
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_a_log_begins_with_the_newest_head_a_second_file_with_the_first(tmp_path: Path) -> None:
    file, whole, log = tmp_path / "heads", Taking(), Taking(whole=False)
    log.name = "log"
    file.write_bytes(lines(4))
    await made(file, whole, log).send_once()
    file.write_bytes(lines(6))
    await made(file, whole, log).send_once()
    assert [head.seq for head in whole.took] == [1, 2, 3, 4, 5, 6]
    assert [head.seq for head in log.took] == [4, 5, 6]


async def test_a_heads_file_begun_anew_is_copied_from_its_beginning(tmp_path: Path) -> None:
    file, to = tmp_path / "heads", Taking()
    file.write_bytes(lines(4))
    await made(file, to).send_once()
    file.write_bytes(lines(2, first=100))
    await made(file, to).send_once()
    assert [head.seq for head in to.took] == [1, 2, 3, 4, 100, 101]


@given(st.binary(max_size=400), st.integers(0, 500))
def test_any_bytes_as_source(data: bytes, offset: int) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "heads"
        file.write_bytes(data)
        source.waiting(file, HeadsPosition(offset, "x"), 5)
        source.newest(file)
        read_copy(file)
        assert CopyPositions(file).read("x") is None or data


async def test_a_second_file_is_not_made_where_its_mount_is_away(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        await SecondFile(tmp_path / "not-mounted" / "heads").take([])


# ---- syslog


def one_head() -> Head:
    found = signed.read_head(lines(1))
    assert found is not None
    return found


RFC_5424 = re.compile(rb"<109>1 2026-12-01T00:00:00\.000000\+00:00 \S+ songhua \d+ chain-head - \{.*\}")


def test_a_message_is_of_rfc_5424() -> None:
    assert RFC_5424.fullmatch(message(one_head(), "gate way", 7))
    assert b" gateway songhua 7 " in message(one_head(), "gate way", 7)


async def test_heads_go_out_by_udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        await Syslog(f"udp://127.0.0.1:{server.getsockname()[1]}").take([one_head()])
        assert RFC_5424.fullmatch(await asyncio.to_thread(server.recv, 4_000))


async def test_heads_go_out_by_tcp_with_their_length() -> None:
    got = bytearray()
    ended = asyncio.Event()

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.extend(await reader.read())
        writer.close()
        ended.set()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        await Syslog(f"tcp://127.0.0.1:{port}").take([one_head(), one_head()])
        async with asyncio.timeout(5):
            await ended.wait()
    size, _, rest = bytes(got).partition(b" ")
    first, second = rest[: int(size)], rest[int(size) :]
    assert RFC_5424.fullmatch(first)
    assert second.startswith(size + b" <109>1 ")


async def test_heads_go_out_by_the_local_socket(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as server:
        server.bind(str(path))
        await Syslog(f"unix://{path}").take([one_head()])
        assert RFC_5424.fullmatch(server.recv(4_000))


@pytest.mark.parametrize("scheme", ["udp", "tcp"])
async def test_a_closed_port_is_noticed(scheme: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ConnectionRefusedError):
        await Syslog(f"{scheme}://127.0.0.1:{port}").take([one_head()])


@pytest.mark.parametrize(
    "url", ["10.0.0.1:514", "http://x:1", "udp://x", "tcp://x:1/path", "unix://relative"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValidationError):
        HeadsCopies(syslog=url)


# ---- timestamps, by the authority that openssl is


@contextmanager
def authority(folder: Path) -> Iterator[str]:
    """A timestamp authority over HTTP: what it answers is made by `openssl ts`."""

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)

    (folder / "tsa.cnf").write_text(
        "[tsa]\ndefault_tsa = here\n[here]\nserial = serial\ncrypto_device = builtin\n"
        "signer_digest = sha256\ndefault_policy = 1.2.3.4\ndigests = sha256, sha384, sha512\n"
        "accuracy = secs:1\ness_cert_id_chain = no\n"
        "[ca]\nbasicConstraints = critical, CA:true\nkeyUsage = critical, keyCertSign\n"
        "subjectKeyIdentifier = hash\n"
        "[leaf]\nbasicConstraints = critical, CA:false\nkeyUsage = critical, digitalSignature\n"
        "extendedKeyUsage = critical, timeStamping\nsubjectKeyIdentifier = hash\n"
        "authorityKeyIdentifier = keyid\n"
        "[req]\ndistinguished_name = dn\n[dn]\n"
    )
    key = ("-newkey", "rsa:2048", "-noenc")
    openssl(
        "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=city timestamps",
        "-config", "tsa.cnf", "-extensions", "ca", "-days", "30",
    )  # fmt: skip
    openssl("req", *key, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=tsa", "-config", "tsa.cnf")
    openssl(
        "x509", "-req", "-in", "tsa.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out",
        "tsa.pem", "-extfile", "tsa.cnf", "-extensions", "leaf", "-days", "30",
    )  # fmt: skip

    class Tsa(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            (folder / "q.tsq").write_bytes(self.rfile.read(int(self.headers["Content-Length"])))
            openssl(
                "ts", "-reply", "-config", "tsa.cnf", "-section", "here", "-queryfile", "q.tsq", "-signer",
                "tsa.pem", "-inkey", "tsa.key", "-out", "a.tsr",
            )  # fmt: skip
            self.send_response(200)
            self.end_headers()
            self.wfile.write((folder / "a.tsr").read_bytes())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's name
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Tsa)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsr"
    finally:
        server.shutdown()
        server.server_close()


async def test_the_newest_head_is_timestamped_and_the_timestamps_are_checked(world: World) -> None:
    with authority(world.folder) as url:
        settings = HeadsCopies(
            timestamps=url, timestamps_file=world.folder / "stamps", timestamps_ca=world.folder / "ca.pem"
        )
        sender = build.sender(world.heads, settings, world.storage.clock)
        assert sender is not None
        await more(world, 3)
        await sender.send_once()
        await sender.send_once()
    report = ChainReport()
    await check_timestamps(settings, report)
    assert (report.timestamps, report.findings) == (1, [])
    [(head, token)] = stamped(settings.timestamps_file)
    assert head == read_heads(world.heads)[0][-1]
    # The file is a copy of heads as well.
    assert (await world.verify(copies=[settings.timestamps_file])).copied_to == head.seq
    # A token upon another head, and one that is none, are named.
    text = settings.timestamps_file.read_bytes()
    other = text.replace(head.hash.encode(), b"0" * 64)
    settings.timestamps_file.write_bytes(text + other + text.replace(b'"tsr":"', b'"tsr":"AAAA'))
    report = ChainReport()
    await check_timestamps(settings, report)
    assert (report.timestamps, whats(report)) == (1, ["timestamp-forged"] * 2)
    assert token


async def test_an_authority_that_is_away_or_none_is_named(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    to = Timestamps(f"http://127.0.0.1:{port}/", tmp_path / "stamps", every_s=1)
    with pytest.raises(NotCopied, match="cannot be reached"):
        await to.take([one_head()])

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        # What is unread when it closes would reset the connection.
        (length,) = re.findall(rb"(?i)content-length: (\d+)", head)
        await reader.readexactly(int(length))
        writer.write(b"HTTP/1.0 200 OK\r\n\r\nhello")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(NotCopied, match="not a timestamp"):
            await Timestamps(f"http://127.0.0.1:{port}/", tmp_path / "stamps", every_s=1).take([one_head()])
    assert not (tmp_path / "stamps").exists()


async def test_an_authority_that_sends_us_elsewhere_is_not_followed(tmp_path: Path) -> None:
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.0 302 Found\r\nLocation: /elsewhere\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(NotCopied):
            await Timestamps(f"http://127.0.0.1:{port}/", tmp_path / "stamps", every_s=1).take([one_head()])
    assert len(asked) == 1
