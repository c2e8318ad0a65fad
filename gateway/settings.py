"""All settings of the service: one TOML file, overridden by environment variables `SONGHUA__SECTION__KEY`."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

from cases.settings import CasesSettings
from cdr.settings import CdrSettings
from citizen.settings import CitizenSettings
from core.listening import AddressRange
from core.listening.addresses import is_loopback
from core.secret import OwnSecret
from core.storage import StorageSettings
from field.settings import FieldSettings
from gateway.ami.settings import AmiSettings
from gateway.asterisk.settings import AsteriskSettings
from gateway.backup.settings import BackupSettings
from gateway.included_settings import WrongInclude, included_files, joined
from gateway.moved_settings import relocated
from gateway.mqtt.settings import BrokerSettings
from gateway.secret_sources import ENVIRONMENT, SecretSources, credentials_folder
from gateway.smpp.settings import SmsSettings
from gateway.smtp.settings import MailSettings
from gateway.telemetry.settings import TelemetrySettings
from gateway.tls.settings import ServerTls, TlsSettings
from gateway.upgrading.settings import UpgradeSettings
from gateway.web.turn import TurnSettings
from gateway.webhooks.settings import WebhookSettings
from hotline.settings import HotlineSettings
from identity.settings import IdentitySettings
from ivr.settings import IvrSettings
from privacy.settings import PrivacySettings
from radio_bridge.settings import RadioSettings
from sensing.settings import SensingSettings
from speech.settings import SpeechSettings
from warning.settings import WarningSettings

RoleName = Literal["centre", "speech", "radio"]
ROLES: tuple[RoleName, ...] = ("centre", "speech", "radio")
SwitchName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,23}$")]
"""With its role before it, it names rows of the outbox, which has 32 letters for that."""
LONGEST_SWITCH_NAME: Final = 24


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class WebSettings(_Section):
    """The web listens on loopback unless told otherwise. Without `tls` it leaves loopback only when `plain`
    says so.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535, description="0 takes a free one, printed at start")
    dist: Path = Field(default=Path("console/dist"), description="the built console")
    port_file: Path | None = Field(default=None, description="where to write the port once it is bound")
    tls: ServerTls | None = Field(default=None, description="HTTPS and WSS; without it a proxy's matter")
    plain: bool = Field(default=False, description="HTTP without TLS also on another address than loopback")
    connections_per_address: int = Field(default=200, ge=4, description="open connections of one address")
    desks_per_person: int = Field(default=8, ge=1, le=100, description="open pages of one person")
    desks_per_address: int = Field(default=150, ge=1, le=500, description="open pages of one address")
    trusted_proxies: tuple[AddressRange, ...] = Field(
        default=(), description="proxies in front: what they say of a client's address counts"
    )

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if self.tls is None and not self.plain and not is_loopback(self.host):
            raise ValueError(
                f"host = {self.host} without TLS: passwords would cross the network as plain text; "
                "songhua tls init, then tls = { certificate = …, key = … }; or plain = true (docs/tls.md)"
            )
        return self


class MetricsSettings(_Section):
    """Where roles without a web of their own serve `/metrics` and `/api/health`; the centre's: [web]."""

    host: str = "127.0.0.1"
    enabled: bool = True
    radio_port: int = Field(default=9108, ge=0, le=65535, description="of the role radio; 0 takes a free one")
    speech_port: int = Field(default=9109, ge=0, le=65535, description="of the role speech, likewise")
    port_files: Path | None = Field(
        default=None, description="folder where each writes {role}.port once it is bound"
    )
    addresses: tuple[AddressRange, ...] = Field(
        default=(), description="who may read figures, health and contract without signing in"
    )
    token: OwnSecret | None = Field(default=None, description="or whoever sends it: Authorization: Bearer …")
    plain: bool = Field(default=False, description="HTTP without TLS also on another address than loopback")

    def port_of(self, role: RoleName) -> int | None:
        """None for a role that serves nothing here."""
        if not self.enabled:
            return None
        return {"radio": self.radio_port, "speech": self.speech_port}.get(role)


class MqttAccount(_Section):
    user: str
    password: OwnSecret


class MqttSettings(_Section):
    """The broker, and one account for each role."""

    host: str = "127.0.0.1"
    port: int = Field(default=1883, ge=1, le=65535)
    tls: bool = Field(default=False, description="the roles speak TLS with the broker")
    ca_file: Path | None = Field(default=None, description="TLS: trust this authority (PEM) and no other")
    ws_url: str = Field(default="", description="where the unit's page finds the broker: ws://host:port")
    accounts: dict[RoleName, MqttAccount] = Field(default_factory=dict)


class SwitchSettings(_Section):
    """Where the gateway finds Asterisk, and where browsers find its WebSocket."""

    host: str = "127.0.0.1"
    fastagi_host: str = "127.0.0.1"
    addresses: tuple[AddressRange, ...] = Field(
        default=(), description="of a switch on another machine, who may come to the dialogue"
    )
    sip_ws_url: str = Field(default="", description="wss://host:port/ws as a browser reaches it")
    turn: TurnSettings | None = Field(default=None, description="for browsers that reach no sound by UDP")
    beside: tuple[SwitchName, ...] = Field(
        default=(), description="systemnames of the other switches on the same database (docs/scale.md)"
    )
    leads: bool = Field(
        default=True,
        description="this centre does what is done once for the city; false for every switch but one",
    )
    speech_nodes: tuple[str, ...] = Field(
        default=(), description="speech nodes that hear this switch; none: all"
    )


class LogSettings(_Section):
    level: Literal["debug", "info", "warning", "error"] = "info"
    json_lines: bool = True
    show_personal: bool = Field(default=False, description="write callers' numbers and words into the log")


class Settings(BaseSettings):
    """`Settings.load(file)` is the way in; unknown keys are errors, so that a typing error is found."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT, env_nested_delimiter="__", extra="forbid", hide_input_in_errors=True
    )

    tenant: str = Field(default="harbin", pattern=r"^[a-z0-9-]{1,32}$")
    storage: StorageSettings = StorageSettings()
    tls: TlsSettings = TlsSettings()
    web: WebSettings = WebSettings()
    metrics: MetricsSettings = MetricsSettings()
    mqtt: MqttSettings = MqttSettings()
    switch: SwitchSettings = SwitchSettings()
    ami: AmiSettings | None = None
    asterisk: AsteriskSettings | None = None
    identity: IdentitySettings = IdentitySettings()
    hotline: HotlineSettings = HotlineSettings()
    ivr: IvrSettings = IvrSettings()
    speech: SpeechSettings = SpeechSettings()
    cases: CasesSettings = CasesSettings()
    cdr: CdrSettings = CdrSettings()
    citizen: CitizenSettings = CitizenSettings()
    field: FieldSettings = FieldSettings()
    radio: RadioSettings = RadioSettings()
    privacy: PrivacySettings = PrivacySettings()
    sensing: SensingSettings = SensingSettings()
    warning: WarningSettings = WarningSettings()
    mail: MailSettings | None = None
    sms: SmsSettings | None = None
    webhooks: WebhookSettings | None = None
    backup: BackupSettings = BackupSettings()
    telemetry: TelemetrySettings = TelemetrySettings()
    upgrade: UpgradeSettings = UpgradeSettings()
    log: LogSettings = LogSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The file and the environment are merged before moved keys are looked at."""
        return (_Sources(settings_cls, env_settings, init_settings),)

    @classmethod
    def load(cls, file: Path | None) -> Settings:
        """Raises `BadSettings`, which names each fault with its place."""
        told = {} if file is None else told_by(file)
        return cls.of(told, file)

    @classmethod
    def of(cls, data: Mapping[str, Any], file: Path | None) -> Settings:
        """What `file` would say if it held this. Raises `BadSettings`."""
        where = str(file) if file else "environment"
        try:
            return cls(**data)
        except ValidationError as error:
            # Without the cause: its text repeats what was told, secrets too.
            raise BadSettings([_fault(where, dict(one)) for one in error.errors()]) from None
        except SettingsError:
            raise BadSettings(
                [f"environment: a variable {ENVIRONMENT}… is no JSON, which a table or list must be"]
            ) from None

    def certificates(self) -> list[tuple[str, ServerTls]]:
        """What listeners of ours and of the switch load, with the place of each in the settings."""
        found = [("web.tls", self.web.tls)] if self.web.tls is not None else []
        switch = self.asterisk.tls if self.asterisk is not None else None
        if switch is not None:
            found.append(("asterisk.tls", ServerTls(certificate=switch.certificate, key=switch.key)))
        return found

    def plain_listeners(self) -> list[str]:
        """Listeners that speak without TLS beyond this machine, because the settings say so."""
        found = []
        if self.web.tls is None and not is_loopback(self.web.host):
            found.append(f"web.host = {self.web.host}")
        if self.metrics.enabled and self.metrics_tls is None and not is_loopback(self.metrics.host):
            found.append(f"metrics.host = {self.metrics.host}")
        return found

    @property
    def metrics_tls(self) -> ServerTls | None:
        """The web's certificate also where figures leave this machine."""
        return None if is_loopback(self.metrics.host) else self.web.tls

    @model_validator(mode="after")
    def _figures_encrypted(self) -> Self:
        metrics = self.metrics
        if metrics.enabled and not metrics.plain and not is_loopback(metrics.host) and self.web.tls is None:
            raise ValueError(
                f"metrics.host = {metrics.host} without [web] tls: the token would cross the network as "
                "plain text; set [web] tls, or metrics.plain = true (docs/tls.md)"
            )
        return self

    @model_validator(mode="after")
    def _notices_have_a_server(self) -> Self:
        if self.citizen.email.enabled and self.mail is None:
            raise ValueError("citizen.email.enabled: no mail server is set; set [mail] (docs/citizens.md)")
        return self

    @model_validator(mode="after")
    def _certificates_have_a_proxy(self) -> Self:
        asked = sorted(name for name, one in self.sensing.feeds.items() if one.certificate)
        if asked and not self.web.trusted_proxies:
            raise ValueError(
                f"sensing.feeds: {', '.join(asked)}: certificate is what a trusted proxy says, and there is "
                "none; set [web] trusted_proxies (docs/feeds.md)"
            )
        return self

    @model_validator(mode="after")
    def _queues_exist(self) -> Self:
        if self.asterisk is not None:
            unknown = sorted(set(self.hotline.queues) - {queue.name for queue in self.asterisk.queues})
            if unknown:
                raise ValueError(f"hotline.queues: not among [[asterisk.queues]]: {', '.join(unknown)}")
        return self

    @model_validator(mode="after")
    def _reports_have_agents(self) -> Self:
        offers, key = self.cases.report_offers, "cases.report_offers"
        named = {f"{key}.languages.{code}": queue for code, queue in offers.languages.items()}
        if offers.queue:
            named[f"{key}.queue"] = offers.queue
        faults = [f"{one} = {queue}" for one, queue in named.items() if queue not in self.hotline.queues]
        if faults:
            raise ValueError(
                f"{', '.join(faults)}: agents serve no such queue, and its reports would wait for ever; "
                "add it to hotline.queues, or name one of those (docs/channels.md)"
            )
        return self

    @model_validator(mode="after")
    def _radios_exist(self) -> Self:
        if self.asterisk is not None:
            named = {one.endpoint for one in self.radio.sip_radio.talkgroups}
            unknown = sorted(named - {radio.name for radio in self.asterisk.radios})
            if unknown:
                raise ValueError(f"radio.sip_radio: not among [[asterisk.radios]]: {', '.join(unknown)}")
        return self

    @model_validator(mode="after")
    def _switches_beside(self) -> Self:
        switch = self.switch
        if not switch.beside:
            if not switch.leads:
                raise ValueError("switch.leads = false: no switch leads; name it in switch.beside")
            return self
        if not self.storage.url.startswith("postgresql"):
            raise ValueError("switch.beside: SQLite is of one machine; set [storage] url to a PostgreSQL")
        if self.system_name in switch.beside or len(set(switch.beside)) < len(switch.beside):
            raise ValueError(
                f"switch.beside: a name stands for two switches (this one is {self.system_name}); give each "
                "an asterisk.system_name of its own"
            )
        if len(self.system_name) > LONGEST_SWITCH_NAME:
            raise ValueError(
                f"asterisk.system_name: beside others at most {LONGEST_SWITCH_NAME} letters; "
                "give a shorter one"
            )
        if not switch.speech_nodes:
            raise ValueError("switch.speech_nodes: nobody says which nodes hear this switch; name them")
        return self

    def origin(self, role: RoleName) -> str:
        """Whose rows of the outbox this process relays: every centre its own."""
        return role if role != "centre" or self.switch.leads else f"{role}:{self.system_name}"

    @property
    def own_switch(self) -> str:
        """The switch's name where the database also has calls of others; empty where it has no others."""
        return self.system_name if self.switch.beside else ""

    def broker(self, role: RoleName) -> BrokerSettings:
        """The broker's address with this role's account; empty user when the role has none."""
        account = self.mqtt.accounts.get(role)
        return BrokerSettings(
            host=self.mqtt.host,
            port=self.mqtt.port,
            tls=self.mqtt.tls,
            ca_file=self.mqtt.ca_file,
            tenant=self.tenant,
            user=account.user if account else "",
            password=account.password if account else SecretStr(""),
        )

    @property
    def system_name(self) -> str:
        """Asterisk's `systemname`: with it the ids of calls are made."""
        return self.asterisk.system_name if self.asterisk else "songhua"


class _Sources(PydanticBaseSettingsSource):
    """The environment wins over the file, which arrives as init values; secrets have a rule of their own."""

    def __init__(
        self, model: type[BaseSettings], env: PydanticBaseSettingsSource, told: PydanticBaseSettingsSource
    ) -> None:
        super().__init__(model)
        self._env = env
        self._told = told

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        raise NotImplementedError(f"{field_name}: all fields come at once ({field.annotation})")

    def __call__(self) -> dict[str, Any]:
        """Raises `BadSettings` for a secret that is nowhere, or not where it is said to be."""
        env: dict[str, Any] = self._env()
        told: dict[str, Any] = self._told()
        sources = SecretSources(self.settings_cls, credentials_folder(os.environ))
        found = sources.fill(relocated(merged(told, env)), env)
        if sources.faults:
            raise BadSettings([str(one) for one in sources.faults])
        return found


def told_by(file: Path) -> dict[str, Any]:
    """What the file says, with the lists that commands wrote beside it. Raises `BadSettings`."""
    more = [(one, _toml(one)) for one in included_files(file)]
    try:
        return joined(_toml(file), more).told
    except WrongInclude as error:
        raise BadSettings([str(error)]) from error


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadSettings([f"{file}: cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        raise BadSettings([f"{file}: is not UTF-8 (byte {error.start})"]) from error
    except tomllib.TOMLDecodeError as error:
        raise BadSettings([f"{file}: {error}"]) from error


def merged(told: Mapping[str, Any], env: Mapping[str, Any]) -> dict[str, Any]:
    """What `env` says instead of, or beside, what was told."""
    found = dict(told)
    for key, value in env.items():
        before = found.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            found[key] = merged(before, value)
        else:
            found[key] = value
    return found


class BadSettings(Exception):
    """`faults` are lines for a person: file, key, what is wrong."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def _fault(where: str, error: dict[str, Any]) -> str:
    # The value itself is left out: it may be a secret.
    return f"{where}: {'.'.join(str(part) for part in error['loc'])}: {error['msg']}"
