"""Answers Open311's questions and takes its reports, within the limits of the settings."""

from __future__ import annotations

import hmac
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Final

from starlette.requests import HTTPConnection

from cases.events import CaseSource
from citizen.channels.open311.answers import requests_document, updates_document
from citizen.channels.open311.documents import GeoReportDocument
from citizen.channels.open311.errors import GeoReportFault, invalid, missing
from citizen.channels.open311.questions import requests_question, updates_question
from citizen.channels.open311.remembered import RememberedAnswers
from citizen.channels.open311.services import ServiceList
from citizen.channels.open311.settings import Open311Settings
from citizen.channels.open311.submission import report_of
from citizen.contract import ChannelPorts, KnownAddress, PublicReport
from citizen.contract.limits import HourLimit
from citizen.errors import MessageReused, ReportInvalid

NAME: Final = "open311"
SPECIFICATION: Final = "http://wiki.open311.org/GeoReport_v2"
CHANGESET: Final = "2026-12-01 00:00"
"""When these routes last changed."""
WRONG_KEYS_HOUR: Final = 60
"""Reports of one address with a wrong key or none; after that nothing is read of it."""


class Open311Reports:
    """Every method raises `GeoReportFault`; `TooManyReports` and `StorageAway` besides. `require_read` goes
    before a question whose answer may be `remembered`.
    """

    def __init__(self, settings: Open311Settings, ports: ChannelPorts) -> None:
        self._settings = settings
        self._ports = ports
        self._services = ServiceList(ports.classes)
        self.remembered = RememberedAnswers(settings.answers_kept_s, monotonic)
        self._reads = HourLimit(
            settings.reads_per_address_hour, 10 * settings.reads_per_address_hour, monotonic
        )
        self._wrong_keys = HourLimit(WRONG_KEYS_HOUR, 1_000 * WRONG_KEYS_HOUR, monotonic)
        self._posts = {
            name: HourLimit(settings.per_key_hour, settings.per_key_hour, monotonic) for name in settings.keys
        }

    def discovery(self, asked: HTTPConnection) -> GeoReportDocument:
        """`GET discovery`."""
        self.require_read(asked)
        address = self._settings.address or str(asked.url).rpartition("/")[0]
        endpoint = {
            "specification": SPECIFICATION,
            "url": address,
            "changeset": CHANGESET,
            "type": "production",
            "formats": ["text/xml", "application/json"],
        }
        contact = self._settings.contact
        value = {"changeset": CHANGESET, "contact": contact, "key_service": contact, "endpoints": [endpoint]}
        return GeoReportDocument("discovery", value)

    def services(self, asked: HTTPConnection) -> GeoReportDocument:
        """`GET services`."""
        return self._services.listed(zh=reads_chinese(asked))

    def definition(self, asked: HTTPConnection, code: str) -> GeoReportDocument:
        """`GET services/CODE`."""
        return self._services.definition(code, zh=reads_chinese(asked))

    async def requests(self, asked: HTTPConnection) -> GeoReportDocument:
        """`GET requests`."""
        query = requests_question(asked.query_params, NAME, self._services, self._ports.clock.now())
        return self._listed(await self._ports.public.listed(query), asked)

    async def request(self, asked: HTTPConnection, number: str) -> GeoReportDocument:
        """`GET requests/NUMBER`."""
        wanted = {"service_request_id": number}
        query = requests_question(wanted, NAME, self._services, self._ports.clock.now())
        found = await self._ports.public.listed(query)
        if not found:
            raise GeoReportFault(404, f"service_request_id {number[:40]!r} was not found")
        return self._listed(found, asked)

    async def updates(self, asked: HTTPConnection) -> GeoReportDocument:
        """`GET servicerequestupdates`."""
        query = updates_question(asked.query_params, NAME, self._ports.clock.now())
        return updates_document(await self._ports.public.steps(query), zh=reads_chinese(asked))

    def token(self, asked: HTTPConnection, token: str) -> GeoReportDocument:
        """`GET tokens/TOKEN`: a report has its number at once, so that no token was ever given."""
        self.require_read(asked)
        raise GeoReportFault(404, f"token {token[:40]!r} was not found")

    def admit(self, asked: HTTPConnection) -> None:
        """A form is read only after this: `POST requests`."""
        self._require_here("")
        if not self._settings.keys:
            raise GeoReportFault(403, "no api_key is given out here")
        self._wrong_keys.require(self._ports.address_of(asked))

    async def report(
        self, asked: HTTPConnection, said: Mapping[str, str], pictures: Sequence[bytes]
    ) -> GeoReportDocument:
        """`POST requests`."""
        self._require_here(said.get("jurisdiction_id", ""))
        try:
            client = self._client(said.get("api_key", ""))
        except GeoReportFault:
            self._wrong_keys.take(self._ports.address_of(asked))
            raise
        if not said.get("service_code", "").strip():
            raise missing("service_code")
        service = self._services.of_code(said["service_code"])
        told = {name: text for name, text in said.items() if name != "api_key"}
        self._posts[client].take(client)
        address = await self._address(said.get("address_id", "").strip())
        report = report_of(
            client, service, told, pictures, self._ports.clock.now(), address,
            language="" if reads_chinese(asked) else "en",
            keeps_email=self._settings.emails and self._ports.mails,
        )  # fmt: skip
        try:
            receipt = await self._ports.reports.receive(NAME, CaseSource.OPEN311, report)
        except (ReportInvalid, MessageReused) as error:
            raise GeoReportFault(400, error.detail or error.title) from error
        self.remembered.forget()
        zh = reads_chinese(asked)
        notice = f"查询码 {receipt.code}" if zh else f"Follow it with the code {receipt.code}"
        given = {"service_request_id": receipt.number, "service_notice": notice, "account_id": None}
        return GeoReportDocument("service_requests", [given])

    def _listed(self, reports: Sequence[PublicReport], asked: HTTPConnection) -> GeoReportDocument:
        return requests_document(
            reports, self._services, self._ports.addresses.of_street, zh=reads_chinese(asked)
        )

    async def _address(self, address_id: str) -> KnownAddress | None:
        if not address_id:
            return None
        found = await self._ports.addresses.by_id(address_id)
        if found is None:
            raise invalid("address_id", "no place and no part has it")
        return found

    def require_read(self, asked: HTTPConnection) -> None:
        """A question counts, whether its answer is remembered or made."""
        self._require_here(asked.query_params.get("jurisdiction_id", ""))
        self._reads.take(self._ports.address_of(asked))

    def _require_here(self, jurisdiction: str) -> None:
        if not self._settings.enabled:
            raise GeoReportFault(404, "Open311 is not switched on here")
        ours = self._settings.jurisdiction
        if ours and jurisdiction and jurisdiction != ours:
            raise GeoReportFault(404, f"jurisdiction_id {jurisdiction[:40]!r} was not found")

    def _client(self, key: str) -> str:
        if not key:
            raise GeoReportFault(403, "api_key was not provided")
        found = ""
        for name, secret in self._settings.keys.items():
            if hmac.compare_digest(secret.get_secret_value().encode(), key.encode("utf-8", "replace")):
                found = name
        if not found:
            raise GeoReportFault(403, "api_key is not valid")
        return found


def reads_chinese(asked: HTTPConnection) -> bool:
    """Chinese, unless English is asked for first."""
    return not asked.headers.get("accept-language", "").strip().casefold().startswith("en")
