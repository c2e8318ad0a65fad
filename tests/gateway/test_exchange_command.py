"""`songhua exchange` at the terminal, and the setting that says who receives forms."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cases.exchange.model import FormReceiver, FormReceivers, ReceiptWay
from cases.exchange.order_model import OrderState
from cases.exchange.ports import NoWebhook
from cases.exchange.receivers import ActiveReceivers
from cases.exchange.reconciliation import Reconciliations
from cases.exchange.settings import ExchangeSettings
from core.clock import ManualClock
from core.storage import OutboxRelay, Storage
from gateway.settings import Settings
from gateway.wiring.runtime_settings.exchange import ExchangeSetting
from runtime_settings.errors import SettingInvalid
from tests.cases.assignments.people import ADMIN, HOST, NINE, Office
from tests.cases.exchange.world import KEY, route, webhooks
from tests.cases.rooms import known, stage
from tests.gateway.test_field_commands import Shell

YESTERDAY = datetime.now(UTC).date() - timedelta(days=1)
RECEIVER = FormReceiver(department_id=HOST, way=ReceiptWay.WEBHOOK, url="https://district.example/forms")


class ExchangeShell(Shell):
    """With a form that a department refused."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        with self.file.open("a") as file:
            file.write(f'[webhooks]\nsigning_key = "{KEY}"\n')
        value = json.dumps(FormReceivers(receivers=(RECEIVER,)).model_dump(mode="json"))
        (folder / "exchange.json").write_text(value)
        self.number = self.do(self._refused)

    async def _refused(self, storage: Storage) -> str:
        storage.clock = clock = ManualClock(NINE)
        storage.route = route
        on = stage(storage)
        on.room.exchange.receivers.use(FormReceivers(receivers=(RECEIVER,)))
        case = await Office(on, clock).filed()
        await OutboxRelay(storage, "bus", on.bus.deliver).relay_once()
        on.room.exchange.receivers.use(FormReceivers())
        await on.room.form_sender.relay.relay_once()
        return case.number


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ExchangeShell:
    monkeypatch.setattr("cases.room.knowledge", lambda _settings: known())
    return ExchangeShell(tmp_path)


def said(shell: ExchangeShell, *words: str, code: int = 0) -> str:
    return shell("exchange", *words, code=code)


def test_what_is_dead_is_listed_and_sent_again(shell: ExchangeShell, tmp_path: Path) -> None:
    listed = json.loads(said(shell, "deliveries", "--state", "dead", "--json"))
    assert (listed["waiting"], listed["dead"]) == (0, 1)
    (dead,) = listed["deliveries"]
    assert (dead["case_number"], dead["department_id"], dead["form"]) == (
        shell.number,
        HOST,
        "task_assignment",
    )
    assert "at-desk" in said(shell, "deliveries")
    said(shell, "again", dead["delivery_id"], code=1)
    shell("settings", "set", "exchange", str(tmp_path / "exchange.json"), "--comment", "区局系统")
    told = json.loads(said(shell, "again", dead["delivery_id"], "--json"))
    assert (told["state"], told["attempts"]) == ("waiting", 0)
    said(shell, "again", dead["delivery_id"], code=1)
    assert json.loads(said(shell, "deliveries", "--state", "dead", "--json"))["deliveries"] == []
    assert said(shell, "secret", HOST).strip() == webhooks().secret(RECEIVER)
    assert json.loads(said(shell, "secret", HOST, "--json"))["secret"].startswith("whsec_")
    said(shell, "secret", "greening", code=1)


def test_lists_of_orders_are_compared_and_a_wrong_one_is_refused(
    shell: ExchangeShell, tmp_path: Path
) -> None:
    theirs = tmp_path / "theirs.json"
    theirs.write_text('{"orders": [{"reference": "A-1", "state": "filed"}]}')
    asked = ("reconcile", "--date", YESTERDAY.isoformat(), "--theirs", str(theirs))
    (one,) = json.loads(said(shell, *asked, "--json", code=1))["differences"]
    assert one == {"reference": "A-1", "kind": "unknown_here", "ours": None, "theirs": "filed"}
    assert "A-1" in said(shell, *asked, code=1)
    theirs.write_text('{"orders": []}')
    assert json.loads(said(shell, *asked, "--json"))["differences"] == []
    for wrong in ("", "[]", "null", '{"orders": {}}', '{"orders": [{"reference": "x"}]}', "[" * 100_000):
        theirs.write_text(wrong)
        said(shell, *asked, code=1)
    theirs.write_text('{"orders": []}')
    said(shell, "reconcile", "--date", "2099-01-01", "--theirs", str(theirs), code=1)


def test_what_the_daily_comparisons_found_is_listed(shell: ExchangeShell) -> None:
    assert json.loads(said(shell, "reconciliations", "--json")) == {"days": []}

    async def compared(storage: Storage) -> None:
        found = Reconciliations(storage, ActiveReceivers(), NoWebhook(), ExchangeSettings(), timezone_h=8)
        await found.take(ADMIN, YESTERDAY, {"A-1": OrderState.FILED})

    shell.do(compared)
    (day,) = json.loads(said(shell, "reconciliations", "--json"))["days"]
    assert (day["day"], day["state"], day["ours"], day["theirs"]) == (
        YESTERDAY.isoformat(), "differs", 0, 1,
    )  # fmt: skip
    assert day["differing"] == 1
    assert [one["reference"] for one in day["differences"]] == ["A-1"]
    assert "differs" in said(shell, "reconciliations")


@pytest.mark.parametrize(
    ("receivers", "why"),
    [
        ([{"department_id": "greening", "way": "webhook", "url": "https://a.example/"}] * 2, "stands twice"),
        ([{"department_id": "nobody", "way": "desk"}], "no such department"),
        ([{"department_id": "12345", "way": "mail", "mail": "a@b.example"}], "webhook alone"),
        ([{"department_id": "greening", "way": "mail", "mail": "a@b.example"}], "[mail]"),
        ([{"department_id": "greening", "way": "mail", "mail": "a b"}], "address is missing"),
        ([{"department_id": "greening", "way": "webhook", "url": "https://u:p@a/"}], "must look like"),
        ([{"department_id": "greening", "way": "fax"}], "way"),
    ],
)
def test_a_receiver_that_cannot_be_reached_is_refused(receivers: Any, why: str) -> None:
    setting = ExchangeSetting(Settings(webhooks={"signing_key": KEY}), ["greening", HOST])
    with pytest.raises(SettingInvalid) as refused:
        setting.checked({"receivers": receivers})
    told = [one.in_language("en") for one in refused.value.problems]
    assert why in " ".join(told)


async def test_a_change_says_how_many_departments_it_touches() -> None:
    setting = ExchangeSetting(Settings(), ["greening", HOST])
    before = {"receivers": [RECEIVER.model_dump(mode="json")]}
    effect = await setting.effect(before, {"receivers": []})
    assert effect.touches == {"departments": 1}
    assert len(effect.notes) == 2


async def test_a_stored_address_that_is_none_is_named_mended_and_holds_up_no_other(storage: Storage) -> None:
    """It was stored before the rule that refuses it."""
    on = stage(storage)
    setting = ExchangeSetting(Settings(), ["greening", HOST], on.room)
    wrong = {"department_id": "greening", "way": "mail", "mail": "duty@@district", "url": "", "key_number": 1}
    before = {"receivers": [wrong, RECEIVER.model_dump(mode="json")]}
    with pytest.raises(SettingInvalid) as named:
        await setting.apply(before)
    assert "receivers.0: an e-mail address is missing" in named.value.detail
    assert on.room.exchange.receivers.known
    assert on.room.exchange.receivers.of(HOST) == RECEIVER
    kept = on.room.exchange.receivers.of("greening")
    assert kept is not None
    assert (kept.way, kept.mail) == (ReceiptWay.MAIL, "duty@@district"), "its work does not go to the desk"
    mended = {"receivers": [{**wrong, "mail": "duty@district.example"}, before["receivers"][1]]}
    assert (await setting.effect(before, mended)).touches == {"departments": 1}
    await setting.apply(mended)
    with pytest.raises(SettingInvalid):
        await setting.apply({"receivers": "nobody"})


def test_without_a_key_no_department_gets_a_webhook() -> None:
    with pytest.raises(SettingInvalid):
        ExchangeSetting(Settings(), [HOST]).checked({"receivers": [RECEIVER.model_dump(mode="json")]})
