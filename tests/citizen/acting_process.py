"""People who act on cases in a process that dies by kill -9 in the middle: DATABASE MOMENT.

`acted`: the act is stored, and nobody was told of it. `sent`: the channel has the notice, and nobody noted
that.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys

from core.storage import Storage, StorageSettings, create_engine
from tests.cases.rooms import DISPATCHER
from tests.citizen.city import city
from tests.citizen.test_follow_ups import NUMBER, QuietLink
from tests.citizen.test_notices import filed
from tests.citizen.test_told_by_text import RULES, case_of_web


async def main(database: str, moment: str) -> None:
    storage = Storage(create_engine(StorageSettings.model_validate({"url": database})))
    async with city(storage, link=QuietLink()) as on:
        on.citizen.messages.rules = RULES
        by_text, by_channel = (await case_of_web(on, NUMBER)).case_id, await filed(on)
        await on.citizen.notices.send_due()
        for case_id in (by_text, by_channel):
            answer = await on.act(DISPATCHER, f"/cases/{case_id}/done")
            assert answer.status_code == 200, answer.text
        if moment == "sent":
            await on.settle()

            async def gone(*_: object) -> None:
                os.kill(os.getpid(), signal.SIGKILL)

            on.citizen.notices._note = gone  # type: ignore[assignment,method-assign]
            await on.citizen.notices.send_due()
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
