"""The simulated TETRA radio keeps to what is known of the PEI: by TCP, a serial port, and for any bytes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tty
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radio_bridge.codecs import lip, sds
from tests.peers.simulated_tetra import Answer, SimulatedNetwork, SimulatedRadio, SimulatedUnit
from tests.peers.simulated_tetra.lines import Command, LineReader, parse
from tests.peers.simulated_tetra.sds import READ, short_report

GROUP = 9001
EVERYTHING = (
    "AT+CTSP=2,0,0", "AT+CTSP=1,1,11", "AT+CTSP=1,2,20", "AT+CTSP=1,2", "AT+CTSP=1,3,24", "AT+CTSP=1,3,25",
)  # fmt: skip
CALL = "AT+CTSDC=0,0,0,1,1,0,1,1,0,0,0"


class Te:
    """The terminal equipment: what a program at the PEI writes and reads."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def line(self) -> str:
        """The next line that is not empty."""
        async with asyncio.timeout(3):
            while True:
                line = (await self.reader.readuntil(b"\n")).decode("latin-1").strip("\r\n")
                if line:
                    return line

    async def says(self, line: str) -> list[str]:
        """What it answers, with OK or the error as the last one."""
        self.writer.write(line.encode() + b"\r")
        return await self.answer()

    async def answer(self) -> list[str]:
        lines = []
        while True:
            lines.append(await self.line())
            if lines[-1] in {"OK", "ERROR"} or lines[-1].startswith("+CME ERROR"):
                return lines

    async def sends(self, to: int, data: bytes, bits: int | None = None) -> list[str]:
        bits = len(data) * 8 if bits is None else bits
        self.writer.write(f"AT+CMGS={to},{bits}\r\n{data.hex()}\x1a".encode())
        return await self.answer()

    async def ready(self) -> None:
        assert await self.says("ATE0") == ["ATE0", "OK"]
        for command in EVERYTHING:
            assert await self.says(command) == ["OK"]

    async def end(self) -> None:
        while True:
            await self.line()

    async def nothing(self) -> None:
        """Nothing comes; `AT` shows that all before it is out."""
        assert await self.says("AT") == ["OK"]


@pytest.fixture
async def network() -> AsyncIterator[SimulatedNetwork]:
    made = SimulatedNetwork()
    yield made
    made.close()


@pytest.fixture
async def radio(network: SimulatedNetwork) -> AsyncIterator[SimulatedRadio]:
    made = SimulatedRadio(network, 1001, groups=[GROUP])
    yield made
    await made.close()


@pytest.fixture
def crew(network: SimulatedNetwork) -> SimulatedUnit:
    return network.unit(2001, groups=[GROUP])


@contextlib.asynccontextmanager
async def by_tcp(radio: SimulatedRadio) -> AsyncIterator[Te]:
    reader, writer = await asyncio.open_connection("127.0.0.1", await radio.listen())
    yield Te(reader, writer)
    writer.close()


@pytest.fixture
async def te(radio: SimulatedRadio) -> AsyncIterator[Te]:
    async with by_tcp(radio) as made:
        await made.ready()
        yield made


async def test_who_it_is_and_what_it_is_part_of(te: Te) -> None:
    assert await te.says("AT+CNUMF?") == ["+CNUMF: 6,04600000100001001", "OK"]
    assert await te.says("AT+CTGS?") == ["+CTGS: 1,04600000100009001", "OK"]
    assert await te.says("AT+CREG?") == ["+CREG: 1,1,046000001", "OK"]
    assert await te.says("AT+CNONE?") == ["+CME ERROR: 4"]
    assert await te.says("AT+CMEE=0") == ["OK"]
    assert await te.says("AT+CNONE?") == ["ERROR"]


async def test_a_serial_port_is_the_same_and_hangs_up_when_it_is_pulled(
    radio: SimulatedRadio, tmp_path: Path
) -> None:
    path = radio.open_pty(tmp_path / "radio")
    port = os.open(path, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(port)
    loop = asyncio.get_running_loop()
    os.write(port, b"ATE0\r")
    heard = b""
    while b"OK" not in heard:
        heard += await loop.run_in_executor(None, os.read, port, 100)
    assert heard.startswith(b"ATE0\r")
    radio.unplug()
    with contextlib.suppress(OSError):
        assert os.read(port, 100) == b""
    os.close(port)
    assert not path.is_symlink()
    radio.plug()
    assert path.is_symlink()


async def test_nothing_is_forwarded_that_the_profile_leaves_to_the_radio(
    radio: SimulatedRadio, crew: SimulatedUnit
) -> None:
    async with by_tcp(radio) as te:
        await te.says("ATE0")
        crew.send_status(radio, 0x8004)
        crew.press(GROUP)
        crew.release(GROUP)
        await te.nothing()
        assert [one.status for one in radio.kept] == [0x8004]
        await te.says("AT+CTSP=1,2,20")
        crew.send_status(radio, 0x8004)
        assert [await te.line(), await te.line()] == ["+CTSDSR: 13,2001,0,1001,0,16", "8004"]
        crew.send_simple_text(radio, "no")
        await te.nothing()


async def test_what_others_send_is_read_by_codecs_that_know_captured_messages(
    te: Te, radio: SimulatedRadio, crew: SimulatedUnit
) -> None:
    crew.send_emergency(radio)
    crew.send_text(radio, "到场", report=1)
    crew.send_simple_text(radio, "on site", immediate=True)
    crew.send_position(radio, 45.75, 126.65, reason=2, kmh=16, heading=90)
    when = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    crew.send_long_position(radio, 45.75, 126.65, at=when, kmh=16, heading=90)
    crew.send_short(radio, 1, 0x1234)
    read = []
    for _ in range(6):
        head, data = await te.line(), bytes.fromhex(await te.line())
        fields = head.removeprefix("+CTSDSR: ").split(",")
        assert fields[1:5] == ["2001", "0", "1001", "0"]
        assert len(data) == -(-int(fields[5]) // 8)
        read.append((int(fields[0]), sds.decode(data, int(fields[5]))))
    assert read[0] == (13, sds.SdsStatus(0))
    assert read[1] == (12, sds.SdsText(0x82, 1, 1, sds.UCS2, "到场"))
    assert read[2] == (12, sds.SimpleText(0x09, sds.LATIN1, "on site"))
    for kind, position in read[3:5]:
        assert kind == 12
        assert isinstance(position, sds.SdsPosition)
        report = position.report
        assert isinstance(report, lip.LipShortReport | lip.LongReport)
        assert report.lat == pytest.approx(45.75, abs=1e-4)
        assert report.lon == pytest.approx(126.65, abs=1e-4)
        assert report.emergency == isinstance(report, lip.LipShortReport)
        if isinstance(report, lip.LongReport):
            assert report.time == lip.Moment(4, 5, 6, 7)
        else:
            assert report.speed_mps == pytest.approx(16 / 3.6, rel=0.01)
            assert report.heading_deg == 90
    assert read[5][0] == 9


async def test_a_long_text_comes_in_parts(te: Te, radio: SimulatedRadio, crew: SimulatedUnit) -> None:
    crew.send_long_text(radio, "一" * 100, per_part=40)
    texts = []
    for number in (1, 2, 3):
        await te.line()
        text = sds.decode(bytes.fromhex(await te.line()))
        assert isinstance(text, sds.SdsText)
        assert text.part == sds.SdsPart(1, 3, number)
        texts.append(text.text)
    assert "".join(texts) == "一" * 100


async def test_a_text_of_ours_is_sent_and_reported_on(te: Te, crew: SimulatedUnit) -> None:
    crew.reads = True
    ours = sds.encode(sds.SdsText(0x82, 7, 3, sds.UCS2, "去北门"))
    assert await te.sends(2001, ours) == ["+CMGS: 1", "OK"]
    said = [await te.line() for _ in range(5)]
    assert "+CMGS: 1,4,7" in said
    reports = [sds.decode(bytes.fromhex(said[at + 1])) for at, one in enumerate(said) if "CTSDSR" in one]
    assert reports == [sds.SdsReport(0x82, 0, 7), sds.SdsReport(0x82, READ, 7)]
    assert (await crew.hears(lambda one: one.text == "去北门")).sender == 1001
    crew.reachable = False
    assert await te.sends(2001, ours) == ["+CMGS: 2", "OK"]
    assert await te.line() == "+CMGS: 2,5,7"


async def test_the_radio_itself_reports_where_the_profile_says_both(
    te: Te, radio: SimulatedRadio, crew: SimulatedUnit
) -> None:
    await te.says("AT+CTSP=2,3,130")
    reference = crew.send_text(radio, "x", report=1)
    await crew.is_told(radio, reference=reference)


async def test_user_data_has_its_own_errors(te: Te, radio: SimulatedRadio) -> None:
    assert await te.sends(2001, b"\x80\x04", bits=4000) == ["+CME ERROR: 34"]
    assert await te.answer() == ["+CME ERROR: 36"]
    assert await te.sends(2001, b"\x82\x04\x01", bits=40) == ["+CME ERROR: 32"]
    assert await te.says("AT+CMGS=2001") == ["+CME ERROR: 35"]
    radio.quirks.user_data_s = 0.05
    assert await te.says("AT+CMGS=2001,16") == ["+CME ERROR: 37"]
    assert await te.says("AT+CTSDS=13,0") == ["OK"]
    assert await te.sends(2001, b"\x80\x04") == ["+CMGS: 1", "OK"]
    assert radio.texts_in[-1].service == 13
    radio.fail_next(42)
    assert await te.sends(2001, b"\x80\x04") == ["+CMGS: 1,5,1", "+CME ERROR: 42"]


async def test_a_talk_of_ours(te: Te, crew: SimulatedUnit, network: SimulatedNetwork) -> None:
    assert await te.says(CALL) == ["OK"]
    assert await te.says(f"ATD{GROUP}") == ["OK"]
    assert [await te.line() for _ in range(3)] == [
        "+CTOCP: 1,0,0,1,1,0,1,1,5,04600000100009001",
        "+CTCC: 1,1,1,0,1,1,5,04600000100009001",
        "+CTXG: 1,0,0,0",
    ]
    assert "hears 1001" in crew.said
    crew.press(GROUP)
    assert crew.said[-1] == "queued"
    assert await te.says("AT+CUTXC=1") == ["OK"]
    assert [await te.line(), await te.line()] == ["+CDTXC: 1,0", "+CTXG: 1,3,0,0,3,04600000100002001"]
    assert crew.talks
    assert await te.says("AT+CTXD=1,0") == ["OK"]
    assert await te.line() == "+CTXG: 1,2,0,0"
    crew.release(GROUP)
    assert [await te.line(), await te.line()] == ["+CDTXC: 1,0", "+CTXG: 1,0,0,0"]
    network.interrupt(GROUP, by=crew)
    assert await te.line() == "+CTXI: 1,3,0,0,3,04600000100002001"
    network.end_call(GROUP)
    assert await te.line() == "+CTCR: 1,14"
    assert await te.says("AT+CTXD=1,0") == ["+CME ERROR: 34"]


async def test_talks_that_are_not_given(te: Te, network: SimulatedNetwork) -> None:
    network.refuse_setups(cause=5)
    assert await te.says(f"ATD{GROUP}") == ["OK"]
    assert await te.line() == "+CTCR: 1,5"
    network.refuse_setups(cause=None)
    network.talk = Answer.REFUSE
    assert await te.says(f"ATD{GROUP}") == ["OK"]
    assert [await te.line() for _ in range(3)][-1] == "+CTXG: 1,1,0,0"
    network.talk = Answer.SILENCE
    assert await te.says("AT+CTXD=1,0") == ["OK"]
    await te.nothing()
    network.talk = Answer.QUEUE
    assert await te.says("AT+CTXD=1,0") == ["OK"]
    assert await te.line() == "+CTXG: 1,2,0,0"
    network.grant_queued(GROUP)
    assert await te.line() == "+CTXG: 1,0,0,0"


async def test_the_talk_of_another(te: Te, crew: SimulatedUnit, network: SimulatedNetwork) -> None:
    network.hang_s = 0.02
    crew.press(GROUP, emergency=True)
    assert [await te.line(), await te.line()] == [
        "+CTICN: 1,0,0,5,04600000100002001,1,1,0,1,1,5,04600000100009001,15",
        "+CTXG: 1,3,0,0,3,04600000100002001",
    ]
    crew.release(GROUP)
    assert [await te.line(), await te.line()] == ["+CDTXC: 1,0", "+CTCR: 1,13"]


async def test_out_of_service(te: Te, radio: SimulatedRadio, crew: SimulatedUnit) -> None:
    await te.says("AT+CREG=2")
    crew.press(GROUP)
    assert [await te.line(), await te.line()][1].startswith("+CTXG: 1,3")
    radio.registration(2)
    assert [await te.line(), await te.line()] == ["+CTCR: 1,19", "+CREG: 2"]
    assert await te.says(f"ATD{GROUP}") == ["+CME ERROR: 30"]
    assert await te.sends(2001, b"\x82\x00\x01\x01") == ["+CME ERROR: 30"]
    radio.registration(1)
    assert await te.line() == "+CREG: 1,1,046000001"


async def test_groups_are_chosen_by_the_te_and_at_the_radio(te: Te, radio: SimulatedRadio) -> None:
    assert await te.says("AT+CTGS=1,9002,2,9003") == ["OK"]
    assert await te.line() == "+CTGS: 1,04600000100009002,2,04600000100009003"
    assert radio.groups == {9002, 9003}
    radio.turn_knob(9004)
    assert await te.line() == "+CTGS: 1,04600000100009004,2,04600000100009003"
    assert await te.says("AT+CTGS=1") == ["+CME ERROR: 35"]


async def test_it_forgets_what_it_was_told_when_it_restarts_in_mid_talk(
    radio: SimulatedRadio, crew: SimulatedUnit
) -> None:
    port = await radio.listen()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    te = Te(reader, writer)
    await te.ready()
    assert await te.says(f"ATD{GROUP}") == ["OK"]
    await radio.restart(away_s=0.01)
    assert crew.said[-1] == "silence"
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await te.end()
    te = Te(*await asyncio.open_connection("127.0.0.1", port))
    assert await te.says("AT") == ["AT", "OK"]
    crew.send_status(radio, 0x8004)
    assert await te.says("AT") == ["AT", "OK"]


async def test_ways_in_which_a_link_fails(radio: SimulatedRadio, te: Te) -> None:
    radio.slow_s = 0.05
    te.writer.write(b"AT\rAT\r")
    assert await te.answer() + await te.answer() == ["OK", "OK"]
    assert radio.overruns == 1
    radio.slow_s = 0.0
    radio.garbage(b"\xff+CT\r\n")
    assert await te.line() == "\xff+CT"
    radio.freeze()
    te.writer.write(b"AT\r")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(te.reader.read(1), 0.05)
    radio.thaw()
    radio.quirks.byte_by_byte = True
    assert await te.says("AT") == ["OK"]
    radio.drop()
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await te.line()


async def test_a_second_client_is_not_let_in(radio: SimulatedRadio) -> None:
    port = await radio.listen()
    first = Te(*await asyncio.open_connection("127.0.0.1", port))
    assert await first.says("AT") == ["AT", "OK"]
    second = Te(*await asyncio.open_connection("127.0.0.1", port))
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
        await second.says("AT")
    first.writer.close()


def test_captured_statuses_of_reports() -> None:
    """Bluestation's reading of a short report: 011111, two bits of outcome, eight of reference."""
    assert short_report(2, 0xCA).data.hex() == "7eca"
    assert sds.decode(short_report(3, 1).data) == sds.SdsShortReport(3, 1)


def test_command_lines() -> None:
    assert parse("at+ctxd=1, 1") == Command("+CTXD", "set", ("1", "1"))
    assert parse("ATD9001;") == Command("D", "do", ("9001;",))
    assert parse("AT+CREG=?") == Command("+CREG", "test")
    assert parse("8204") is None


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_read(data: bytes, expecting: bool) -> None:
    reader = LineReader()
    if expecting:
        reader.expect_data()
    for byte in data:
        if (taken := reader.feed(byte)) is not None and taken[0] == "line":
            parse(taken[1])


@given(st.binary(max_size=200))
async def test_any_bytes_are_answered_and_the_radio_lives(data: bytes) -> None:
    network = SimulatedNetwork()
    radio = SimulatedRadio(network, 1001, groups=[GROUP])
    radio._arrived(data)
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not radio._worker.done()
    await radio.close()
    network.close()
