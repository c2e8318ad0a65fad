"""Passkeys without a device: to whom a challenge belongs, and where passkeys may be."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from core.storage import Storage
from identity.errors import BadPasskey, NoPasskeys, WrongPasskey
from identity.passkeys.service import Passkeys
from identity.passkeys.settings import PasskeySettings
from identity.service import IdentityService
from identity.settings import IdentitySettings

ADDRESS = "https://hotline.example.org"
NONSENSE: tuple[dict[str, Any], ...] = (
    {}, {"id": "x"}, {"id": "AAAA", "rawId": "AAAA", "type": "public-key", "response": {}},
    {"id": 7, "response": None},
    {"id": "%", "rawId": "%", "type": "public-key", "response": {"clientDataJSON": "%"}},
)  # fmt: skip


@pytest.fixture
def passkeys(storage: Storage) -> Passkeys:
    settings = IdentitySettings(passkeys=PasskeySettings(address=ADDRESS))
    return IdentityService(storage, settings).signing_in.passkeys


async def test_a_challenge_is_of_one_person_and_purpose_and_counts_once(passkeys: Passkeys) -> None:
    asked = await passkeys.ask_new("li.na", "李娜")
    assert (asked.options["rp"]["id"], asked.options["user"]["name"]) == ("hotline.example.org", "li.na")
    with pytest.raises(BadPasskey):
        await passkeys.challenge("chief", "make", asked.challenge)
    with pytest.raises(WrongPasskey):
        await passkeys.challenge("li.na", "sign-in", asked.challenge)
    assert len(await passkeys.challenge("li.na", "make", asked.challenge)) == 32
    for again in (asked.challenge, "", "a.b", asked.challenge + "x"):
        with pytest.raises(BadPasskey):
            await passkeys.challenge("li.na", "make", again)


async def test_what_is_no_passkey_is_refused(passkeys: Passkeys, storage: Storage) -> None:
    for nonsense in NONSENSE:
        with pytest.raises(BadPasskey):
            async with storage.write() as transaction:
                await passkeys.add(transaction.connection, "li.na", b"x" * 32, nonsense, "phone")
        with pytest.raises(WrongPasskey):
            await passkeys.check_proof("li.na", "a.b", nonsense)


async def test_without_a_name_of_the_desk_there_are_none(storage: Storage) -> None:
    none = IdentityService(storage, IdentitySettings()).signing_in.passkeys
    assert not none.available
    with pytest.raises(NoPasskeys):
        await none.ask_new("li.na", "李娜")


@pytest.mark.parametrize(
    "address", ["http://hotline.example.org", "https://10.0.0.5", "http://127.0.0.1:80", "x"]
)
def test_passkeys_belong_to_a_name_that_nobody_can_answer_for(address: str) -> None:
    with pytest.raises(ValidationError):
        PasskeySettings(address=address)


def test_the_port_is_part_of_the_page_and_not_of_the_name() -> None:
    settings = PasskeySettings(address="https://hotline.example.org:8443/desk/")
    assert (settings.host, settings.origin) == ("hotline.example.org", "https://hotline.example.org:8443")
