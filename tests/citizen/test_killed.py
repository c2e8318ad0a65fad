"""kill -9 between what is done to a case and what its reporter is told: told all the same. Text messages that
were under way: `tests/sms/test_killed.py`.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest
from sqlalchemy import select

from citizen.messages.tables import messages
from core.storage import Storage
from tests.citizen.city import city
from tests.citizen.test_follow_ups import QuietLink
from tests.citizen.test_notices import told
from tests.citizen.test_told_by_text import RULES
from tests.peers.checkout import CHECKOUT


@pytest.mark.parametrize("moment", ["acted", "sent"])
async def test_killed_between_act_and_notice_the_reporter_is_told(any_storage: Storage, moment: str) -> None:
    url = any_storage.engine.url.render_as_string(hide_password=False)
    done = subprocess.run(
        [sys.executable, "-m", "tests.citizen.acting_process", url, moment],
        cwd=CHECKOUT, env={**os.environ}, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    async with city(any_storage, link=QuietLink()) as on:
        on.citizen.messages.rules = RULES
        await on.settle()
        for _ in range(3):
            await on.citizen.notices.send_due()
        # A channel has no ids for what it is sent: what it has and nobody noted is sent again, once.
        assert told(on) == ["done"]
        async with any_storage.read() as connection:
            wanted = select(messages.c.step).where(messages.c.purpose == "progress")
            texts = list((await connection.execute(wanted.order_by(messages.c.created_at))).scalars())
        assert texts == ["received", "done"], "each text message is written down once"
