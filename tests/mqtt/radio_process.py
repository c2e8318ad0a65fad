"""The radio role in a process of its own, which kills itself in the middle of a transaction."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from core.storage import Transaction
from field.events import UnitReported
from gateway.mqtt import BrokerSettings
from tests.mqtt.broker import TENANT
from tests.mqtt.field import Radio


class _Broker:
    """Only what `Radio` asks of a broker."""

    def __init__(self, port: int) -> None:
        self._port = port

    def settings(self, user: str, password: str | None = None) -> BrokerSettings:
        secret = SecretStr(password or os.environ["RADIO_PASSWORD"])
        return BrokerSettings(port=self._port, tenant=TENANT, user=user, password=secret, will_delay_s=0)


async def main(port: int, ledger: Path, kill_at: str) -> None:
    emit = Transaction.emit

    async def emit_or_die(self: Transaction, event: Any, *, stream: str = "") -> None:
        await emit(self, event, stream=stream)
        if isinstance(event, UnitReported) and event.step == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    Transaction.emit = emit_or_die  # type: ignore[method-assign]
    radio = Radio(_Broker(port), ledger)  # type: ignore[arg-type]
    await radio.start()
    await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
