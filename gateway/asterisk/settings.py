"""Settings of the templates in `asterisk-conf/`.

Every text has a type from `words`: nothing can inject a line.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from core.models import StrictSettings
from gateway.asterisk import seal
from gateway.asterisk.encryption import Media, SwitchTls
from gateway.asterisk.guard import ACL, SipGuardSettings, list_file
from gateway.asterisk.outside import (
    DESTINATIONS,
    Destination,
    EmergencyNumbers,
    OutgoingLimits,
    OutgoingRules,
)
from gateway.asterisk.radios import RadioGateway
from gateway.asterisk.safe_text import (
    EndpointName,
    Folder,
    HostOrNet,
    Language,
    Number,
    Prompt,
    Secret,
    Word,
)
from gateway.asterisk.trunks import Port, Trunk

__all__ = [
    "AgentPhone",
    "AmiUser",
    "AsteriskSettings",
    "Directories",
    "EmergencyNumbers",
    "OutgoingLimits",
    "OutgoingRules",
    "Ports",
    "QueueSettings",
    "RadioGateway",
    "Safety",
    "Trunk",
    "UnitPages",
]

UNIT_PAGES: Final = "songhua-unit"
BROWSER_CODECS: Final = ("opus", "ulaw", "alaw")


class Ports(StrictSettings):
    """Where the switch listens, and where it finds the gateway's FastAGI."""

    sip: Port = 5060
    sips: Port = 5061
    http: Port = 8088
    https: Port = 8089
    ami: Port = 5038
    fastagi: Port = 4573
    rtp_first: Port = 10000
    rtp_last: Port = 19999

    @model_validator(mode="after")
    def _range(self) -> Self:
        if self.rtp_last - self.rtp_first < 3:
            raise ValueError(
                "rtp_last must lie at least 3 above rtp_first: a call takes two ports on each leg"
            )
        return self


class Directories(StrictSettings):
    """Folders of one instance.

    `prompts` holds `<language>/<name>.wav`; `recordings` gets one folder for each day.
    """

    etc: Folder
    modules: Folder = Path("/usr/lib/x86_64-linux-gnu/asterisk/modules")
    data: Folder = Path("/usr/share/asterisk")
    varlib: Folder = Path("/var/lib/asterisk")
    spool: Folder = Path("/var/spool/asterisk")
    run: Folder = Path("/var/run/asterisk")
    log: Folder = Path("/var/log/asterisk")
    prompts: Folder
    recordings: Folder

    @property
    def tones(self) -> Path:
        """Sounds that `render` makes itself: the hold tone and the soft tick while digits are awaited."""
        return self.etc / "songhua-tones"

    @property
    def cel(self) -> Path:
        """The file that cel_custom appends to."""
        return self.log / "cel-custom" / "calls.csv"


class AmiUser(StrictSettings):
    """The gateway's account on the manager interface."""

    name: Word = "songhua"
    secret: Secret
    permit: tuple[HostOrNet, ...] = ("127.0.0.1/32",)
    exclude_events: tuple[Word, ...] = ()


class AgentPhone(StrictSettings):
    """An agent's telephone: a softphone in the browser (WebRTC) or a SIP phone.

    `may_dial` are the kinds of number that it may dial instead of those of the limits; `caller_ids` the
    numbers that it may show instead of all of ours, the first one without being asked.
    """

    name: EndpointName
    secret: Secret
    browser: bool = False
    may_dial: tuple[Destination, ...] | None = None
    caller_ids: tuple[Number, ...] = ()

    @property
    def codecs(self) -> tuple[str, ...]:
        """What it may use, the preferred one first."""
        return BROWSER_CODECS if self.browser else ("alaw", "ulaw")


class UnitPages(StrictSettings):
    """The SIP account that the pages of all units have: it leads to a door, where a leg is admitted to a
    talkgroup's conference by a ticket of one use (decision 0110). `most` legs may be there at once.
    """

    secret: Secret
    most: Annotated[int, Field(ge=1, le=5000)] = 500

    @property
    def name(self) -> str:
        """The name of the endpoint, and of the context for its calls."""
        return UNIT_PAGES

    @property
    def codecs(self) -> tuple[str, ...]:
        """What a browser may use, the preferred one first."""
        return BROWSER_CODECS


class QueueSettings(StrictSettings):
    """One queue; `fallback_members` ring even when no gateway has ever added anybody (docs/asterisk.md).

    A caller who has waited `overflow_after_s` goes on to `overflow_to`; 0: he stays. A queue in which
    `capacity` callers wait takes no more (0: any number): whom it does not take goes to `overflow_to`, or is
    offered a callback. `weight` decides which of two queues an agent of both hears first.
    """

    name: Word
    strategy: Literal["ringall", "leastrecent", "fewestcalls", "random", "rrmemory", "linear"] = "rrmemory"
    ring_seconds: Annotated[int, Field(ge=5, le=120)] = 20
    retry_seconds: Annotated[int, Field(ge=1, le=30)] = 1
    reassure: Prompt = "queue-wait"
    reassure_seconds: Annotated[int, Field(ge=10, le=600)] = 45
    fallback_members: tuple[EndpointName, ...] = ()
    overflow_to: Word | None = None
    overflow_after_s: Annotated[int, Field(ge=0, le=3600)] = 0
    capacity: Annotated[int, Field(ge=0, le=10_000)] = 0
    weight: Annotated[int, Field(ge=0, le=100)] = 0
    caller_id: Number | None = None

    @model_validator(mode="after")
    def _overflow(self) -> Self:
        if self.overflow_to == self.name:
            raise ValueError(f"queue {self.name}: overflow_to must be another queue")
        if self.overflow_after_s and self.overflow_to is None:
            raise ValueError(f"queue {self.name}: overflow_after_s needs overflow_to")
        return self


class Safety(StrictSettings):
    """How fast a caller leaves a dialogue that does not go on. Their sum keeps silence below five seconds."""

    beat_max_age: Annotated[int, Field(ge=3, le=10)] = 4
    silence_seconds: Annotated[int, Field(ge=2, le=4)] = 3
    digit_seconds: Annotated[int, Field(ge=1, le=3)] = 2


class CallControlSettings(StrictSettings):
    """Call control: how long a colleague's phone rings, how long a parked caller waits to be fetched.

    `away_seconds`: how long a citizen waits for an agent whose phone was lost in the call; the phone that
    is back is rung for `return_seconds` at a time.
    """

    ring_seconds: Annotated[int, Field(ge=5, le=120)] = 30
    park_seconds: Annotated[int, Field(ge=5, le=1800)] = 120
    away_seconds: Annotated[int, Field(ge=5, le=120)] = 20
    return_seconds: Annotated[int, Field(ge=3, le=60)] = 10


class AsteriskSettings(StrictSettings):
    """One instance of Asterisk, rendered by `render` and examined by `examine`.

    A caller waits in rounds of `round_seconds`: between two of them he is told how he stands.
    `sip_t1_ms` is RFC 3261's T1: a SIP request that nobody answers is given up after 64 of it.
    `session_seconds` is RFC 4028's: every half of it each party of a call is asked by SIP whether it is still
    there, and a call whose party answers neither that nor the BYE ends: 45 s and twice 64 T1, 58 s. 90 is the
    least that it allows.
    `dialogue`: how flows reach the gateway. `asyncagi` needs the AMI account `asyncagi`, which is as good as
    a shell on the switch (docs/asterisk.md); it is rendered only then.
    `tls` adds SIP over TLS and WSS; without it nothing is encrypted but browsers' sound. `phone_media` is how
    the sound of SIP telephones goes: unless plain, they speak TLS, and what does not is refused.
    With `session_passwords` a browser's SIP password is that of its session and ends with it (docs/tls.md).
    `paging` loads what sends RTP to multicast addresses (docs/sirens.md).
    """

    system_name: Word = "songhua"
    version: Annotated[int, Field(ge=18, le=99)] = 22
    bind: IPv4Address = IPv4Address("127.0.0.1")
    advertise: HostOrNet | None = None
    local_nets: tuple[HostOrNet, ...] = ()
    sip_t1_ms: Annotated[int, Field(ge=100, le=500)] = 100
    session_seconds: Annotated[int, Field(ge=90, le=3600)] = 90
    ports: Ports = Ports()
    tls: SwitchTls | None = None
    phone_media: Media = "plain"
    session_passwords: bool = False
    directories: Directories
    ami: AmiUser
    dialogue: Literal["fastagi", "asyncagi"] = "fastagi"
    asyncagi: AmiUser | None = None
    trunks: tuple[Trunk, ...] = ()
    agents: tuple[AgentPhone, ...] = ()
    unit_pages: UnitPages | None = None
    radios: tuple[RadioGateway, ...] = ()
    queues: tuple[QueueSettings, ...] = (QueueSettings(name="hotline"),)
    default_queue: Word = "hotline"
    languages: tuple[Language, ...] = ("zh", "en")
    outbound_trunk: EndpointName | None = None
    caller_id: Number | None = None
    outside: OutgoingRules = OutgoingRules()
    emergency: EmergencyNumbers = EmergencyNumbers()
    notice: Prompt = "greeting"
    paging: bool = False
    round_seconds: Annotated[int, Field(ge=5, le=300)] = 45
    cel_format: Literal["fields", "classic"] = "fields"
    safety: Safety = Safety()
    control: CallControlSettings = CallControlSettings()
    guard: SipGuardSettings = SipGuardSettings()

    @property
    def blocked_file(self) -> Path:
        """What acl.conf includes: addresses that the gateway has shut out of SIP."""
        return list_file(self.guard, self.directories.varlib)

    @property
    def blocked_acl(self) -> str:
        """The name of the access list that shuts out addresses."""
        return ACL

    @property
    def passwords_file(self) -> Path:
        """What pjsip.conf includes: passwords of browsers, written by the gateway beside `blocked_file`."""
        return self.blocked_file.with_name("phones.conf")

    def changed_file(self, what: str) -> Path:
        """What queues.conf (`queue-NAME`) or extensions.conf (`overflow`, `limits`) includes: settings that
        people changed at the desk, written by the gateway beside `blocked_file`.
        """
        return self.blocked_file.with_name(f"changed-{what}.conf")

    @property
    def plain_sip(self) -> bool:
        """Whether anything speaks SIP without TLS: else the port is not opened."""
        phones = any(not agent.browser for agent in self.agents) and self.phone_media == "plain"
        trunks = any(trunk.transport == "udp" for trunk in self.trunks)
        return self.tls is None or phones or trunks or any(radio.transport == "udp" for radio in self.radios)

    @property
    def sealed_name(self) -> str:
        """Asterisk's `systemname` (`gateway.asterisk.seal`)."""
        return seal.system_name(self.ami.secret.get_secret_value(), self.system_name)

    @property
    def seal(self) -> str:
        """What each UserEvent of the dialplan ends with."""
        return seal.dialplan_word(self.ami.secret.get_secret_value(), self.system_name)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        endpoints = [trunk.name for trunk in self.trunks] + [agent.name for agent in self.agents]
        endpoints += [radio.name for radio in self.radios]
        endpoints += [self.unit_pages.name] if self.unit_pages else []
        doubled = sorted({name for name in endpoints if endpoints.count(name) > 1})
        if doubled:
            raise ValueError(f"endpoint names must differ: {', '.join(doubled)}")
        queues = [queue.name for queue in self.queues]
        if len(set(queues)) != len(queues) or self.default_queue not in queues:
            raise ValueError("queue names must differ, and default_queue must be one of them")
        agents = {agent.name for agent in self.agents}
        for queue in self.queues:
            unknown = sorted(set(queue.fallback_members) - agents)
            if unknown:
                raise ValueError(
                    f"queue {queue.name}: fallback_members that are not agents: {', '.join(unknown)}"
                )
            if queue.overflow_to and queue.overflow_to not in queues:
                raise ValueError(f"queue {queue.name}: overflow_to must be one of the queues")
        if self.dialogue == "asyncagi" and self.asyncagi is None:
            raise ValueError(
                "dialogue = asyncagi needs an account of its own: [asterisk.asyncagi] name, secret"
            )
        if self.asyncagi is not None and self.asyncagi.name == self.ami.name:
            raise ValueError("asyncagi.name must differ from ami.name: its account can run any command")
        if self.tls is None and (
            self.phone_media != "plain" or any(t.transport == "tls" for t in self.trunks)
        ):
            raise ValueError("phone_media and trunks with transport = tls need [asterisk.tls] (docs/tls.md)")
        self._check_routes()
        return self

    def _check_routes(self) -> None:
        trunks = {trunk.name for trunk in self.trunks}
        if self.outbound_trunk and self.outbound_trunk not in trunks:
            raise ValueError("outbound_trunk must be one of the trunks")
        routed = {*self.outside.trunks, *self.emergency.trunks}.union(*self.outside.routes.values())
        if routed - trunks:
            raise ValueError(f"routes name unknown trunks: {', '.join(sorted(routed - trunks))}")
        silent = sorted(
            {name for kind in DESTINATIONS for name in self.route(kind)}
            - {trunk.name for trunk in self.trunks if trunk.contact}
        )
        if silent:
            raise ValueError(f"trunks that calls go out on need `contact`: {', '.join(silent)}")

    def route(self, kind: Destination) -> tuple[str, ...]:
        """Trunks for one kind of number, in their order; `outbound_trunk` names one for all."""
        only = (self.outbound_trunk,) if self.outbound_trunk else ()
        return self.outside.routes.get(kind) or self.outside.trunks or only

    @property
    def emergency_trunks(self) -> tuple[str, ...]:
        """Trunks for emergency calls: those named for them, then every other one that can be called."""
        named = (*self.emergency.trunks, *self.outside.trunks, self.outbound_trunk)
        able = [trunk.name for trunk in self.trunks if trunk.contact]
        return tuple(dict.fromkeys(name for name in (*named, *able) if name in able))

    @property
    def numbers_shown(self) -> tuple[str, ...]:
        """Every number of ours that a call may show, the usual one first."""
        queues = tuple(queue.caller_id for queue in self.queues)
        trunks = tuple(number for trunk in self.trunks for number in trunk.caller_ids)
        ours = (self.caller_id, *self.outside.caller_ids, *queues, *trunks)
        return tuple(dict.fromkeys(number for number in ours if number))
