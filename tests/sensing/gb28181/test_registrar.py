"""Who is let in: each proof once, strangers and wrong passwords alike, nobody for his address."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime

import pytest

from sensing.gb28181.registrar import GbReaction, GbRegistrar, GbSource
from sensing.gb28181.sip import SipRequest, SipResponse
from sensing.rates import MOST_ADDRESSES, SendingRates

SERVER, DEVICE, STRANGER = "23010000002000000001", "23010300001180000001", "23010300001180000009"
PASSWORD = "device-password"
REALM = SERVER[:10]
HERE, THERE = GbSource("10.0.0.7", 5060), GbSource("10.0.0.8", 5060)
NOW = datetime(2026, 12, 1, 4, 5, 6, 789_000, tzinfo=UTC)


def registrar() -> GbRegistrar:
    return GbRegistrar(SERVER, {DEVICE: PASSWORD}, keepalive_s=60, missed=3, now=lambda: NOW)


def request(method: str, device: str = DEVICE, **headers: str) -> SipRequest:
    body = headers.pop("body", "").encode()
    to = device if method == "REGISTER" else SERVER
    given = {
        "via": "SIP/2.0/UDP 10.0.0.7:5060;branch=z9hG4bK1", "from": f"<sip:{device}@{REALM}>;tag=1",
        "to": f"<sip:{to}@{REALM}>", "call-id": "one", "cseq": f"1 {method}",
        "contact": f"<sip:{device}@10.0.0.7>",
        **headers,
    }  # fmt: skip
    return SipRequest(tuple(given.items()), body, method, f"sip:{SERVER}@{REALM}")


def nonce_of(answer: SipResponse) -> str:
    found = re.search(r'nonce="([^"]+)"', answer.first("www-authenticate"))
    assert found is not None
    return found[1]


def proof(nonce: str, password: str = PASSWORD, device: str = DEVICE, uri: str = "") -> str:
    def md5(text: str) -> str:
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    uri = uri or f"sip:{SERVER}@{REALM}"
    who, what = md5(f"{device}:{REALM}:{password}"), md5(f"REGISTER:{uri}")
    response = md5(f"{who}:{nonce}:00000001:c:auth:{what}")
    return (
        f'Digest username="{device}", realm="{REALM}", nonce="{nonce}", uri="{uri}", response="{response}", '
        'qop=auth, nc=00000001, cnonce="c", algorithm=MD5'
    )


def challenged(one: GbRegistrar, at: float = 0.0) -> str:
    return nonce_of(one.received(request("REGISTER"), HERE, at, "t").answer)


def registered(
    one: GbRegistrar, at: float = 0.0, expires: str = "3600", source: GbSource = HERE
) -> GbReaction:
    given = request("REGISTER", authorization=proof(challenged(one, at)), expires=expires)
    return one.received(given, source, at, "t")


def keepalive(one: GbRegistrar, source: GbSource, at: float, status: str = "OK") -> int:
    body = f"<Notify><CmdType>Keepalive</CmdType><SN>1</SN><Status>{status}</Status></Notify>"
    return one.received(request("MESSAGE", body=body), source, at, "t").answer.status


def test_a_device_registers_with_its_password_and_reads_the_time() -> None:
    one = registrar()
    done = registered(one)
    assert done.answer.status == 200
    assert done.answer.first("expires") == "3600"
    assert done.answer.first("date") == "2026-12-01T12:05:06.789"
    assert done.said is not None
    assert done.said.registered
    assert one.devices[DEVICE].up
    assert one.sources == {HERE}


def test_unknown_devices_and_wrong_passwords_are_answered_alike() -> None:
    one = registrar()
    answers = []
    for device, password in (
        (DEVICE, "wrong"),
        (STRANGER, PASSWORD),
        (STRANGER, "a password that no device has"),
    ):
        nonce = challenged(one)
        given = request("REGISTER", device, authorization=proof(nonce, password, device))
        answers.append(one.received(given, HERE, 0.0, "t").answer)
    first = request("REGISTER", STRANGER)
    answers.append(one.received(first, HERE, 0.0, "t").answer)
    assert {(one.status, one.reason) for one in answers} == {(401, "Unauthorized")}
    shapes = {tuple(name for name, _ in one.headers) for one in answers}
    assert len(shapes) == 1
    assert len({nonce_of(one) for one in answers}) == 4
    assert not one.devices[DEVICE].up


@pytest.mark.parametrize(
    ("at", "change"),
    [(61.0, ("", "")), (0.0, (REALM, "9999999999")), (0.0, ("qop=auth", "qop=auth-int")),
     (0.0, ("MD5", "SHA-256")),
     (0.0, (f"sip:{SERVER}@{REALM}", "sip:other@host"))],
)  # fmt: skip
def test_a_late_or_changed_proof_is_none(at: float, change: tuple[str, str]) -> None:
    one = registrar()
    given = request("REGISTER", authorization=proof(challenged(one)).replace(*change))
    assert one.received(given, HERE, at, "t").answer.status == 401


def test_a_nonce_is_good_once_and_only_ours() -> None:
    one = registrar()
    seen = proof(challenged(one))
    assert one.received(request("REGISTER", authorization=seen), HERE, 0.0, "t").answer.status == 200
    # Who heard it and repeats it from elsewhere gets nothing by it.
    assert one.received(request("REGISTER", authorization=seen), THERE, 0.0, "t").answer.status == 401
    assert one.devices[DEVICE].source == HERE
    made_up = proof("0." + "0" * 16 + "." + "0" * 32)
    assert one.received(request("REGISTER", authorization=made_up), THERE, 0.0, "t").answer.status == 401
    other = proof(challenged(registrar()))
    assert one.received(request("REGISTER", authorization=other), THERE, 0.0, "t").answer.status == 401


@pytest.mark.parametrize(
    ("wanted", "status", "told"),
    [("3600", 200, "3600"), ("999999999", 200, "86400"), ("3599", 423, ""), ("1", 423, ""),
     ("-1", 400, ""), ("x", 400, "")],
)  # fmt: skip
def test_the_time_of_a_registration_has_bounds(wanted: str, status: int, told: str) -> None:
    answer = registered(registrar(), expires=wanted).answer
    assert (answer.status, answer.first("expires")) == (status, told)
    assert answer.first("min-expires") == ("3600" if status == 423 else "")


def test_it_leaves_by_zero_and_with_its_password_alone() -> None:
    one = registrar()
    registered(one)
    assert one.received(request("REGISTER", expires="0"), THERE, 1.0, "t").answer.status == 401
    assert one.devices[DEVICE].up
    assert registered(one, 2.0, expires="0").answer.status == 200
    assert (one.devices[DEVICE].up, one.devices[DEVICE].why) == (False, "unregistered")
    assert keepalive(one, HERE, 3.0) == 403


def test_three_keepalives_missed_and_it_is_away_until_the_next() -> None:
    one = registrar()
    registered(one)
    assert keepalive(one, HERE, 60.0) == 200
    assert one.tick(240.0) == []
    assert one.tick(241.0) == [DEVICE]
    assert one.devices[DEVICE].why == "silent"
    assert one.tick(242.0) == []
    assert keepalive(one, HERE, 300.0) == 200
    assert one.devices[DEVICE].up
    assert keepalive(one, HERE, 301.0, "ERROR") == 200
    assert one.devices[DEVICE].faulty
    assert one.tick(3_600.0) == [DEVICE]
    assert one.devices[DEVICE].why == "expired"


def test_a_forged_address_moves_nothing() -> None:
    one = registrar()
    registered(one)
    assert keepalive(one, THERE, 100.0) == 403
    assert keepalive(one, GbSource("10.0.0.7", 5061), 100.0) == 403
    assert keepalive(one, GbSource("10.0.0.7", 5060, connection=3), 100.0) == 403
    assert one.tick(181.0) == [DEVICE]
    body = "<Notify><CmdType>MobilePosition</CmdType><SN>1</SN></Notify>"
    registered(one, 200.0)
    assert one.received(request("NOTIFY", body=body), HERE, 200.0, "t").answer.status == 403
    one.subscribed(DEVICE, "one")
    assert one.received(request("NOTIFY", body=body), HERE, 200.0, "t").answer.status == 200


def test_a_connection_that_ends_takes_its_devices_with_it() -> None:
    one = registrar()
    line = GbSource("10.0.0.7", 40_000, connection=4)
    registered(one, source=line)
    assert one.disconnected(5) == []
    assert one.disconnected(4) == [DEVICE]
    assert one.sources == frozenset()


def test_bad_documents_and_other_methods_are_refused() -> None:
    one = registrar()
    registered(one)
    assert one.received(request("MESSAGE", body="<!DOCTYPE x><Notify/>"), HERE, 1.0, "t").answer.status == 400
    assert one.received(request("INVITE"), HERE, 1.0, "t").answer.status == 405


def test_a_flood_of_strangers_fills_nothing_and_leaves_the_others_their_turn() -> None:
    one = registrar()
    for at in range(30_000):
        one.received(request("REGISTER", f"{at:020d}", authorization=proof("x")), HERE, 0.0, "t")
    assert one._digest._used == {}
    rates = SendingRates(5, 20)
    assert sum(rates.allows("10.0.0.9", 0.0) for _ in range(1_000)) == 20
    assert rates.allows("10.0.0.7", 0.0)
    assert sum(rates.allows("10.0.0.9", 2.0) for _ in range(1_000)) == 10
    for at in range(MOST_ADDRESSES * 2):
        rates.allows(str(at), 3.0)
    assert len(rates) == MOST_ADDRESSES
