"""What sends notices by e-mail, as a process of its own that a test kills: DATABASE PORT FOLDER DOUBT_S."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from citizen.mails.sender import MailSender
from citizen.mails.writing import Site
from citizen.messages.service import CitizenMessages
from core.storage import Storage, StorageSettings, create_engine
from core.tasks import Tasks
from gateway.tls.folder import TlsFolder
from tests.citizen.city import SITE
from tests.citizen.mail_world import link_to, routed
from tests.sms.sender_process import NoTrail


async def main(database: str, port: int, folder: Path, doubt_s: float) -> None:
    storage = Storage(create_engine(StorageSettings(url=f"sqlite+aiosqlite:///{database}")), route=routed)
    service = CitizenMessages(storage, None, NoTrail(), timezone_h=8)
    link = link_to(port, TlsFolder(folder))
    sender = MailSender(storage, link, service, Site(SITE), doubt_s=doubt_s, at_once=1)
    tasks = Tasks("sender")
    sender.start(tasks)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]), float(sys.argv[4])))
