"""What a reporter does with an own report: follow it, add to it, rate it, and have the own address erased."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Sequence
from typing import Final

from cases.events import CaseProgress
from citizen.contract import CitizenRating, OwnReport, ReportAddition, ReportProgress
from citizen.contract.report import BEST, MOST_ADDITIONS, MOST_PICTURES_IN_ALL
from citizen.errors import NoSuchReport, NotRateable, ReportEnded, ReportInvalid
from citizen.events import ReportAdded, ReportRated
from citizen.ports import CleanPicture, PictureCheck
from citizen.reports import additions, store
from citizen.reports.model import StoredReport, check_addition
from core.ids import uuid7
from core.metrics import counter
from core.storage import Storage, Transaction

_ratings = counter("citizen_ratings", "Ratings of closed reports by their stars", ["channel", "stars"])
_additions = counter("citizen_additions", "Words and pictures that reporters added", ["channel"])
MOST_RATING_WORDS: Final = 1000
ENDED: Final = frozenset(
    {CaseProgress.CLOSED.value, CaseProgress.CANCELLED.value, CaseProgress.HANDED_OVER.value, "declined"}
)
"""Steps after which nobody reads what is added. `merged` is none: the case that goes on for it is read."""


class FollowedReports:
    """Each act needs number and code, or the address that the channel has proved."""

    def __init__(self, storage: Storage, check_picture: PictureCheck) -> None:
        self._storage = storage
        self._check_picture = check_picture

    async def follow(self, number: str, code: str) -> ReportProgress:
        """As `ReportConsumer.follow`."""
        async with self._storage.read() as connection:
            found = _proved(await store.by_number(connection, number.strip()), code)
            return await additions.progress_of(connection, found)

    async def add(self, number: str, code: str, addition: ReportAddition) -> None:
        """As `ReportConsumer.add`."""
        check_addition(addition)
        pictures = await self._cleaned(addition.pictures)
        async with self._storage.write() as transaction:
            connection = transaction.connection
            found = _proved(await store.by_number(connection, number.strip(), lock=True), code)
            if found.progress in ENDED:
                raise ReportEnded(remedy="make a new report")
            there = await store.picture_ids(connection, found.report_id)
            if len(there) + len(pictures) > MOST_PICTURES_IN_ALL:
                raise ReportInvalid(
                    f"at most {MOST_PICTURES_IN_ALL} pictures of one report",
                    remedy="send fewer",
                    field="pictures",
                )
            if await additions.count(connection, found.report_id) >= MOST_ADDITIONS:
                raise ReportInvalid(
                    f"at most {MOST_ADDITIONS} additions to one report", remedy="telephone the hotline"
                )
            now = self._storage.clock.now()
            if not await additions.add(connection, found.report_id, addition, now):
                return
            await self._keep_added(transaction, found, addition, pictures)
        _additions.labels(found.channel).inc()

    async def rate(self, number: str, code: str, rating: CitizenRating) -> None:
        """As `ReportConsumer.rate`."""
        if not 1 <= rating.stars <= BEST or len(rating.words) > MOST_RATING_WORDS or "\0" in rating.words:
            raise ReportInvalid(
                f"a rating has 1 to {BEST} stars and at most {MOST_RATING_WORDS} characters",
                remedy="rate again",
                field="stars",
            )
        async with self._storage.write() as transaction:
            found = _proved(await store.by_number(transaction.connection, number.strip(), lock=True), code)
            if found.progress != CaseProgress.CLOSED.value:
                raise NotRateable(remedy="rate it once you are told that it is closed")
            await additions.rate(transaction.connection, found.report_id, rating, self._storage.clock.now())
            await transaction.emit(
                ReportRated(
                    report_id=found.report_id,
                    case_id=found.case_id,
                    source=found.source,
                    stars=rating.stars,
                    solved=rating.solved,
                    words=rating.words.strip(),
                ),
                stream=f"report:{found.report_id}",
            )
        _ratings.labels(found.channel, str(rating.stars)).inc()

    async def own(self, channel: str, reporter: str, limit: int) -> Sequence[OwnReport]:
        """As `ReportConsumer.own`."""
        if not reporter:
            return ()
        async with self._storage.read() as connection:
            found = await store.of_reporter(connection, channel, reporter, limit)
            return [OwnReport(await additions.progress_of(connection, one), one.code) for one in found]

    async def forget_reporter(self, channel: str, reporter: str) -> int:
        """As `ReportConsumer.forget_reporter`."""
        if not reporter:
            return 0
        async with self._storage.write() as transaction:
            return await store.forget_reporter(transaction.connection, channel, reporter)

    async def _keep_added(
        self,
        transaction: Transaction,
        found: StoredReport,
        addition: ReportAddition,
        pictures: Sequence[tuple[CleanPicture, str]],
    ) -> None:
        for one, sha256 in pictures:
            await store.add_picture(transaction.connection, uuid7(), found.report_id, one, sha256)
        added = ReportAdded(
            report_id=found.report_id,
            case_id=found.case_id,
            text=addition.text.strip(),
            pictures=len(pictures),
        )
        await transaction.emit(added, stream=f"report:{found.report_id}")

    async def _cleaned(self, pictures: Sequence[bytes]) -> list[tuple[CleanPicture, str]]:
        """Each that may be kept, with its SHA-256."""
        out = []
        for one in pictures:
            clean = await asyncio.to_thread(self._check_picture, one)
            if clean is None:
                raise ReportInvalid(
                    "a picture is no JPEG or PNG that can be kept",
                    remedy="send another picture",
                    field="pictures",
                )
            out.append((clean, await asyncio.to_thread(_sha256, clean.content)))
        return out


def _proved(found: StoredReport | None, code: str) -> StoredReport:
    """The report whose code this is. Raises `NoSuchReport`."""
    given = code.strip().casefold().encode()
    if found is None or not found.code or not hmac.compare_digest(found.code.encode(), given):
        raise NoSuchReport(remedy="compare number and code with what you were given")
    return found


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
