"""The platform that devices register with: keeps them, asks them, and takes what they say into the register.

What a device says changes nothing but its own cameras: their state, their positions, and its list of cameras
where that answers a question of ours.
"""

from __future__ import annotations

import asyncio
import math
import secrets
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final, TypeAlias

from core.actor import system
from core.errors import SonghuaError, Unavailable
from core.listening import Addresses
from core.log import logger
from core.metrics import counter, gauge
from core.room import Health
from core.storage import Storage
from core.tasks import Tasks
from sensing.cameras.index import CameraIndex
from sensing.cameras.model import RegisteredCamera
from sensing.cameras.service import CameraRegister
from sensing.cameras.store import CameraPosition, CameraState, put_positions
from sensing.errors import CameraFault, CamerasBusy, NoPicture
from sensing.gb28181 import store
from sensing.gb28181.catalogue import CatalogueChange, CatalogueItem, CatalogueParts, change_of
from sensing.gb28181.ids import address_of, is_id, parts_of
from sensing.gb28181.manscdp import ManscdpMalformed, XmlElement, document_of, message, query
from sensing.gb28181.play import GbPlay
from sensing.gb28181.ptz import move_command
from sensing.gb28181.questions import XML, GbQuestions
from sensing.gb28181.record_info import RecordingParts, record_query
from sensing.gb28181.registrar import GbDeviceState, GbReaction, GbRegistrar, GbSaid, GbSource
from sensing.gb28181.settings import Gb28181Settings
from sensing.gb28181.sip import MOST_BODY, SipMessage, SipRequest, encoded, response, with_source
from sensing.gb28181.sockets import GbReceiver, GbSockets
from sensing.gb28181.store import GbDeviceRow
from sensing.gb28181.uploads import PictureUploads
from sensing.live.channel import CodedVideo
from sensing.rates import SendingRates
from sensing.recordings.model import RecordedSpan
from sensing.snapshots.rtsp_camera import CodedPicture
from sensing.steering.model import CameraVelocity

TICK_S: Final = 0.5
WRITE_EVERY_S: Final = 5.0
ASK_S: Final = 8.0
BRINGS_S: Final = 3.0
"""So long a camera may take to bring a picture; then it is asked for its stream."""
PARTS_S: Final = 120.0
"""All parts of a list come within."""
LISTS_EVERY_S: Final = 300.0
"""A device is asked for its list no more often, however often it registers."""
HEARD_EVERY: Final = timedelta(minutes=5)
SUBSCRIBED_S: Final = 3600
POSITION_EVERY_S: Final = 5
MOST_REPEATED: Final = 4_096
REPEATED_S: Final = 32.0
STRANGERS: Final = (5.0, 20.0)
ALL_STRANGERS: Final = (50.0, 200.0)
DEVICES: Final = (300.0, 3_000.0)
"""Messages a second on the long run, and at once: of an address that is not registered, of all of these
together, of a device: a list of 950 cameras comes in as many messages.
"""
STRANGER_BYTES: Final = (16_384.0, 65_536.0)
ALL_STRANGERS_BYTES: Final = (262_144.0, 1_048_576.0)
DEVICE_BYTES: Final = (524_288.0, 8_388_608.0)
"""Bytes a second of the same, and at once."""
SMALL_BODY: Final = 8 * 1024
"""Bytes of a body: strangers may send no more, and larger ones of devices are read in a thread."""
READERS: Final = 2
MOST_READING: Final = 128
MOST_OF_DEVICE: Final = 32
"""Questions to one device and large bodies of it that are under way."""
MOST_ALARMS: Final = 8
"""Alarms of one device wait for an answer only while fewer of these are under way."""
ALL_SENT: Final = "121"
"""NotifyType by which a device says that it has sent all of a recording; some say it outside the dialogue."""
_devices = gauge(
    "sensing_gb28181_devices", "Devices that register with us by whether they are there", ["state"]
)
_messages = counter("sensing_gb28181_messages", "Messages of devices by what became of them", ["fate"])
_alarms = counter("sensing_gb28181_alarms", "Alarms of cameras by how they were raised", ["method"])
_METHODS: Final = {"1": "phone", "2": "device", "3": "sms", "4": "gps", "5": "video", "6": "fault"}
_log = logger("sensing")

_Key: TypeAlias = tuple[GbSource, str, str]
"""A request: where it came from, its branch, its Call-ID and number."""


@dataclass(slots=True)
class _Collecting:
    """A list of cameras of which parts are awaited."""

    device: str
    ends: float
    parts: CatalogueParts = field(default_factory=CatalogueParts)


@dataclass(slots=True)
class _Searching:
    """What a device has recorded, of which parts are awaited."""

    device: str
    found: asyncio.Future[list[RecordedSpan]]
    parts: RecordingParts = field(default_factory=RecordingParts)


@dataclass(slots=True)
class _Due:
    """When the next question to a device is due, in monotonic seconds; `asked` when its list was last."""

    about: float = 0.0
    asked: float = -math.inf
    catalogue: float = 0.0
    subscription: float = 0.0


class GbPlatform:
    """Nothing listens without devices in the settings. `networks` are where they are."""

    def __init__(
        self, settings: Gb28181Settings, networks: Addresses, storage: Storage, register: CameraRegister
    ) -> None:
        self._settings = settings
        self._storage = storage
        self._register = register
        self._clock = storage.clock
        passwords = {one: given.password.get_secret_value() for one, given in settings.devices.items()}
        self.registrar = GbRegistrar(
            settings.id, passwords, settings.keepalive_s, settings.missed, self._clock.now
        )
        receiver = GbReceiver(
            self._most, self._takes, self._admits, self._received, self._dropped, self._disconnected
        )
        self.sockets = GbSockets(settings.host, settings.port, networks, receiver)
        self.questions = GbQuestions(settings.id, settings.host, settings.port, self.sockets.send)
        self.uploads = PictureUploads()
        self._play = GbPlay(settings, self.questions, networks, self._end)
        self._tasks = Tasks("sensing.gb28181", limit=2_000)
        self._ends = Tasks("sensing.gb28181.ends", limit=2_000)
        """Sessions that are ended: no question takes their place."""
        self._readings = Tasks("sensing.gb28181.readings", limit=MOST_READING)
        self._readers = asyncio.Semaphore(READERS)
        self._reading: set[_Key] = set()
        self._under_way: Counter[str] = Counter()
        self._strangers, self._all_strangers = SendingRates(*STRANGERS), SendingRates(*ALL_STRANGERS)
        self._of_devices = SendingRates(*DEVICES)
        self._stranger_bytes = SendingRates(*STRANGER_BYTES)
        self._all_stranger_bytes = SendingRates(*ALL_STRANGERS_BYTES)
        self._device_bytes = SendingRates(*DEVICE_BYTES)
        self._repeated: dict[_Key, tuple[float, bytes]] = {}
        self._collecting: dict[int, _Collecting] = {}
        self._searching: dict[int, _Searching] = {}
        self._due: dict[str, _Due] = {}
        self._off: set[str] = set()
        """Addresses of cameras of which the list of their device says that they are off."""
        self._indexed: CameraIndex | None = None
        self._cameras: defaultdict[str, dict[str, list[str]]] = defaultdict(dict)
        """Codes of the register by device and camera, as of `_indexed`."""
        self._rows: dict[str, GbDeviceRow] = {}
        self._unwritten: set[str] = set()
        self._moved: dict[str, CameraPosition] = {}
        self._began = self._clock.monotonic()

    async def run(self) -> None:
        """For ever."""
        await self._remembered()
        await self.sockets.open()
        self._began = written = self._clock.monotonic()
        try:
            while True:
                self.tick()
                if self._clock.monotonic() - written >= WRITE_EVERY_S:
                    await self.write()
                    written = self._clock.monotonic()
                await self._clock.sleep(TICK_S)
        finally:
            self.sockets.close()

    async def stop(self) -> None:
        for tasks in (self._tasks, self._ends, self._readings):
            await tasks.stop()
        self.sockets.close()

    async def picture(self, camera: RegisteredCamera) -> CodedPicture | bytes:
        """A picture of now that it brings, where its device can; else a keyframe. Raises `NoPicture`,
        `CamerasBusy`; the caller limits the time.
        """
        state, channel = self._reached(camera)
        assert state.source is not None
        if state.takes_snapshots:
            try:
                async with asyncio.timeout(BRINGS_S):
                    return await self._brought(state, channel)
            except (NoPicture, CamerasBusy, TimeoutError):
                _log.info("a camera brought no picture: it is asked for its stream", device=state.device)
        return await self._play.picture(channel, state.source)

    async def _brought(self, state: GbDeviceState, channel: str) -> bytes:
        """The JPEG. Raises `NoPicture`, `CamerasBusy`; the caller limits the time."""
        with self.uploads.opened() as upload:
            config = {
                "SnapNum": "1", "Interval": "1",
                "UploadURL": f"{self._settings.upload_url}/api/camera-pictures/{upload.session}",
                "SessionID": upload.session,
            }  # fmt: skip
            told = {"SnapShotConfig": config}
            await self._ordered(state, message("Control", "DeviceConfig", _number(), channel, told))
            return await upload.picture

    @asynccontextmanager
    async def video(
        self, camera: RegisteredCamera, span: RecordedSpan | None = None
    ) -> AsyncIterator[CodedVideo]:
        """What it sees now, or what its device has recorded. Raises `NoPicture`, `CamerasBusy`; the caller
        limits the time.
        """
        state, channel = self._reached(camera)
        assert state.source is not None
        async with self._play.video(channel, state.source, span) as video:
            yield video

    async def recordings(self, camera: RegisteredCamera, span: RecordedSpan) -> list[RecordedSpan]:
        """What its device has recorded of it, by time. Raises `NoPicture`; the caller limits the time."""
        state, channel = self._reached(camera)
        number, found = _number(), asyncio.get_running_loop().create_future()
        self._searching[number] = _Searching(state.device, found)
        try:
            await self._ordered(state, record_query(number, channel, span))
            return list(await found)
        finally:
            found.cancel()
            del self._searching[number]

    async def move(self, camera: RegisteredCamera, velocity: CameraVelocity) -> None:
        """It moves until another velocity comes, that of standing in the end. Raises `NoPicture`."""
        state, channel = self._reached(camera)
        command = {"PTZCmd": move_command(velocity)}
        await self._ordered(state, message("Control", "DeviceControl", _number(), channel, command))

    async def _ordered(self, state: GbDeviceState, body: bytes) -> None:
        """The device has the message. Raises `NoPicture`."""
        assert state.source is not None
        request = self.questions.request("MESSAGE", state.device, state.source, body=body, kind=XML)
        answer = await self.questions.ask(request, state.source, ASK_S)
        if answer is None:
            raise NoPicture(CameraFault.SLOW)
        if answer.status >= 300:
            raise NoPicture(CameraFault.REFUSED, f"it answers {answer.status}")

    def _reached(self, camera: RegisteredCamera) -> tuple[GbDeviceState, str]:
        """Its device, which is registered, and its own id. Raises `NoPicture`."""
        parts = parts_of(camera.address)
        state = self.registrar.devices.get(parts[0]) if parts else None
        if parts is None or state is None or state.source is None or not state.up:
            raise NoPicture(CameraFault.AWAY, "its device is not registered with us")
        return state, parts[1]

    def conditions(self) -> Mapping[str, tuple[CameraState, str]]:
        """Whether each camera of a device is there. After a start devices have their time to come back."""
        patience = self._settings.keepalive_s * self._settings.missed
        starting = self._clock.monotonic() - self._began < patience
        found = {}
        for code, camera in self._register.index.by_code.items():
            parts = parts_of(camera.address)
            state = self.registrar.devices.get(parts[0]) if parts else None
            if parts is None or (state is not None and state.why == "never" and starting):
                continue
            up = state is not None and state.up and not state.faulty and camera.address not in self._off
            found[code] = (CameraState.UP, "") if up else (CameraState.AWAY, CameraFault.AWAY.value)
        return found

    def health(self) -> Health:
        """Degraded while the port is not ours, and while more than half of the devices are away."""
        every = self.registrar.devices.values()
        away = sum(not one.up for one in every)
        if not self.sockets.is_open:
            why = f"port {self._settings.port} of {self._settings.host} is not open: is it taken?"
            return Health("gb28181", "degraded", why)
        if away * 2 > len(every) and self._clock.monotonic() - self._began > self._settings.keepalive_s:
            why = f"{away} of {len(every)} devices are away: songhua cameras gb28181"
            return Health("gb28181", "degraded", why)
        return Health("gb28181", "up")

    def tick(self) -> None:
        """What is due now."""
        at = self._clock.monotonic()
        self.sockets.tick()
        for device in self.registrar.tick(at):
            self._changed(device)
        for key, one in list(self._collecting.items()):
            if at >= one.ends:
                del self._collecting[key]
                _messages.labels("catalogue-late").inc()
        for device, due in self._due.items():
            state = self.registrar.devices[device]
            if not state.up:
                continue
            if at >= due.about and self._spawn(device, "ask", partial(self._ask_about, state)):
                due.about = math.inf
            if at >= due.catalogue:
                self._ask_catalogue(state, due, at)
            moves = self._settings.devices[device].positions and at >= due.subscription
            if moves and self._spawn(device, "subscribe", partial(self._subscribe, state)):
                due.subscription = at + SUBSCRIBED_S / 2
        up = sum(one.up for one in self.registrar.devices.values())
        _devices.labels("up").set(up)
        _devices.labels("away").set(len(self.registrar.devices) - up)

    async def write(self) -> None:
        """Record what has changed; while the database is away it waits."""
        rows = [self._rows[one] for one in sorted(self._unwritten)]
        moved, self._moved = self._moved, {}
        self._unwritten.clear()
        if not rows and not moved:
            return
        try:
            async with self._storage.write() as transaction:
                await store.put(transaction, rows)
                await put_positions(transaction, moved)
        except Unavailable as error:
            self._unwritten |= {one.device for one in rows}
            self._moved = {**moved, **self._moved}
            _log.info("devices are recorded later", error=error.kind)

    # What the sockets tell ---------------------------------------------------------------------------

    def _most(self, source: GbSource) -> int:
        return MOST_BODY if source in self.registrar.sources else SMALL_BODY

    def _takes(self, source: GbSource, size: int) -> bool:
        at = self._clock.monotonic()
        if source in self.registrar.sources:
            return self._device_bytes.allows(f"{source.ip} {source.port}", at, size)
        each, together = self._stranger_bytes, self._all_stranger_bytes
        return each.allows(source.ip, at, size) and together.allows("", at, size)

    def _admits(self, source: GbSource) -> bool:
        at = self._clock.monotonic()
        if source in self.registrar.sources:
            return self._of_devices.allows(f"{source.ip} {source.port}", at)
        return self._strangers.allows(source.ip, at) and self._all_strangers.allows("", at)

    def _dropped(self, why: str) -> None:
        _messages.labels(why).inc()

    def _disconnected(self, connection: int) -> None:
        for device in self.registrar.disconnected(connection):
            self._changed(device)

    def _received(self, told: SipMessage, source: GbSource) -> bool:
        """Whether a device has proved who it is, or a registered one has spoken."""
        if not isinstance(told, SipRequest):
            _messages.labels("answer" if self.questions.answered(told, source) else "unasked").inc()
            return False
        if told.method == "ACK" or not (told.branch and told.call_id and told.cseq[1] == told.method):
            _messages.labels("malformed").inc()
            return False
        key = (source, told.branch, f"{told.call_id} {told.first('cseq')}")
        before = self._repeated.get(key)
        if before is not None or key in self._reading:
            _messages.labels("repeated").inc()
            if before is not None:
                self.sockets.send(before[1], source)
            return True
        if told.method == "BYE":
            if source in self.registrar.sources:
                self._play.sent("", told.call_id)
            self._answer(GbReaction(response(told, 200, "OK", tag=_tag())), source)
            return False
        if len(told.body) > SMALL_BODY and (state := self.registrar.sender(told, source)) is not None:
            self._read(key, told, source, state.device)
            return True
        return self._react(key, told, source, document_of)

    def _react(
        self, key: _Key, told: SipRequest, source: GbSource, read: Callable[[bytes], XmlElement]
    ) -> bool:
        reaction = self.registrar.received(told, source, self._clock.monotonic(), _tag(), read)
        data = self._answer(reaction, source)
        if reaction.answer.status != 200:
            return False
        # Only what somebody proved, or a registered device said, is remembered.
        self._remember(key, data)
        if reaction.said is not None:
            self._said(reaction.said)
        return True

    def _read(self, key: _Key, told: SipRequest, source: GbSource, device: str) -> None:
        """A large body is read in a thread, and answered then."""

        async def read() -> None:
            document: XmlElement | ManscdpMalformed
            try:
                async with self._readers:
                    document = await asyncio.to_thread(document_of, told.body)
            except ManscdpMalformed as error:
                document = error
            finally:
                self._reading.discard(key)

            def given(_body: bytes) -> XmlElement:
                if isinstance(document, ManscdpMalformed):
                    raise document
                return document

            self._react(key, told, source, given)

        if self._spawn(device, "read", read, tasks=self._readings):
            self._reading.add(key)
        else:
            self._answer(GbReaction(response(told, 503, "Service Unavailable", tag=_tag())), source)

    def _answer(self, reaction: GbReaction, source: GbSource) -> bytes:
        answer = reaction.answer
        seen = with_source(SipRequest(answer.headers), source.ip, source.port)
        data = encoded(type(answer)(seen.headers, answer.body, answer.status, answer.reason))
        self.sockets.send(data, source)
        _messages.labels("taken" if answer.status == 200 else f"refused-{answer.status}").inc()
        return data

    def _remember(self, key: _Key, data: bytes) -> None:
        at = self._clock.monotonic()
        while self._repeated:
            oldest = next(iter(self._repeated))
            if len(self._repeated) < MOST_REPEATED and at - self._repeated[oldest][0] < REPEATED_S:
                break
            del self._repeated[oldest]
        self._repeated[key] = (at, data)

    # What devices say --------------------------------------------------------------------------------

    def _said(self, said: GbSaid) -> None:
        state = self.registrar.devices[said.device]
        if said.registered:
            due = self._due.setdefault(said.device, _Due())
            self._list_soon(due)
            due.about = due.subscription = 0.0
        self._changed(said.device)
        if said.document is None:
            return
        document, kind = said.document, said.document.said("CmdType", 32)
        match document.name, kind:
            case "Notify", "Alarm":
                self._alarm(state, document)
            case "Notify", "MobilePosition":
                self._position(state, document, subscribed=said.moved)
            case "Notify", "MediaStatus" if document.said("NotifyType", 8) == ALL_SENT:
                self._play.sent(document.said("DeviceID", 32), said.call_id)
            case "Notify", "UploadSnapShotFinished":
                self.uploads.finished(document.said("SessionID", 64))
            case "Response", "Catalog":
                self._part(state, document)
            case "Response", "RecordInfo":
                self._recorded(said.device, document)
            case "Response", "DeviceInfo" | "DeviceStatus" | "ConfigDownload":
                self._about(state, document, kind)

    def _about(self, state: GbDeviceState, told: XmlElement, kind: str) -> None:
        """What a device says of itself."""
        if kind == "DeviceInfo":
            row = self._rows[state.device]
            row.maker = told.said("Manufacturer", 80)
            row.model = told.said("Model", 80)
            row.firmware = told.said("Firmware", 80)
            self._unwritten.add(state.device)
            return
        if kind == "ConfigDownload":
            there = told.child("SnapShotConfig") is not None
            state.takes_snapshots = there and told.said("Result", 16).upper() == "OK"
            return
        online, status = told.said("Online", 16).upper(), told.said("Status", 16).upper()
        state.faulty = online == "OFFLINE" or status == "ERROR"

    def _recorded(self, device: str, told: XmlElement) -> None:
        """A part of what a device has recorded, if we asked it."""
        number = told.number("SN")
        one = self._searching.get(int(number)) if number is not None else None
        if one is None or one.device != device or one.found.done():
            _messages.labels("unasked").inc()
            return
        try:
            spans = one.parts.add(told)
        except ValueError:
            one.found.set_exception(NoPicture(CameraFault.BROKEN, "its list of recordings cannot be"))
            return
        if spans is not None:
            one.found.set_result(spans)

    def _alarm(self, state: GbDeviceState, told: XmlElement) -> None:
        """Shown with its camera; nothing else follows from it."""
        now = self._clock.now()
        row = self._rows[state.device]
        row.alarms, row.alarm_at = row.alarms + 1, now
        self._unwritten.add(state.device)
        _alarms.labels(_METHODS.get(told.said("AlarmMethod", 8), "other")).inc()
        channel = told.said("DeviceID", 32)
        for code in self._codes(state.device, channel):
            self._register.alarms[code] = now
        number = told.number("SN")
        if number is not None and is_id(channel):
            body = message("Response", "Alarm", int(number), channel, {"Result": "OK"})
            self._spawn(state.device, "alarm", partial(self._tell, state, body), most=MOST_ALARMS)

    def _position(self, state: GbDeviceState, told: XmlElement, *, subscribed: bool) -> None:
        lon, lat = told.number("Longitude"), told.number("Latitude")
        right = (
            lon is not None
            and lat is not None
            and abs(lon) <= 180
            and abs(lat) <= 85
            and (lon, lat) != (0, 0)
        )
        # What was not subscribed to is anybody's word who forges an address.
        if not right or not subscribed or lon is None or lat is None:
            _messages.labels("no-position").inc()
            return
        one = CameraPosition(self._clock.now(), lon, lat)
        for code in self._codes(state.device, told.said("DeviceID", 32)):
            self._register.positions[code] = self._moved[code] = one

    def _codes(self, device: str, channel: str) -> list[str]:
        """The camera that this is about; all of the device where it speaks of itself."""
        if self._indexed is not self._register.index:
            self._indexed, self._cameras = self._register.index, defaultdict(dict)
            for one in self._indexed.by_code.values():
                parts = parts_of(one.address)
                if parts is not None:
                    self._cameras[parts[0]].setdefault(parts[1], []).append(one.code)
        listed = self._cameras.get(device, {})
        if channel == device:
            return [code for codes in listed.values() for code in codes]
        return listed.get(channel, [])

    def _part(self, state: GbDeviceState, told: XmlElement) -> None:
        """A part of a list, if we asked this device for it: the number is known to nobody else."""
        number = told.number("SN")
        one = self._collecting.get(int(number)) if number is not None else None
        if number is None or one is None or one.device != state.device:
            _messages.labels("unasked").inc()
            return
        try:
            items = one.parts.add(told)
        except ValueError:
            del self._collecting[int(number)]
            _messages.labels("malformed").inc()
            _log.warning("a list of cameras cannot be", device=state.device)
            return
        if items is not None:
            del self._collecting[int(number)]
            if not self._spawn(state.device, "catalogue", partial(self._take, state.device, items)):
                self._list_soon(self._due[state.device])

    async def _take(self, device: str, items: list[CatalogueItem]) -> None:
        """The whole list goes into the register."""
        done: list[CatalogueChange] = []

        def plan(present: Mapping[str, RegisteredCamera]) -> tuple[RegisteredCamera, ...]:
            done[:] = [change_of(device, items, present, self._settings.cameras_per_device)]
            return done[0].cameras

        await self._register.change(system("gb28181"), "cameras.catalogue", plan)
        self._off = {one for one in self._off if not one.startswith(address_of(device, ""))}
        self._off |= {address_of(device, one.channel) for one in items if not one.up}
        if done[0].too_many:
            _log.warning(
                "a device has more cameras than it may have", device=device, left_out=done[0].too_many
            )
        row = self._rows[device]
        row.cameras, row.without_place = len(items), done[0].without_place
        row.catalogue_at = self._clock.now()
        self._unwritten.add(device)

    # What we ask -------------------------------------------------------------------------------------

    def _ask_catalogue(self, state: GbDeviceState, due: _Due, at: float) -> None:
        number = _number()
        body = query("Catalog", number, state.device)
        if not self._spawn(state.device, "catalogue", partial(self._tell, state, body)):
            return
        due.asked, due.catalogue = at, at + self._settings.catalogue_every_s
        self._collecting = {key: one for key, one in self._collecting.items() if one.device != state.device}
        self._collecting[number] = _Collecting(state.device, at + PARTS_S)

    def _list_soon(self, due: _Due) -> None:
        """The list is due now, or as soon as it may be asked for again."""
        earliest = due.asked + min(LISTS_EVERY_S, self._settings.catalogue_every_s)
        due.catalogue = min(due.catalogue, max(earliest, self._clock.monotonic()))

    async def _ask_about(self, state: GbDeviceState) -> None:
        for kind in ("DeviceInfo", "DeviceStatus"):
            number = _number()
            await self._tell(state, query(kind, number, state.device))
        # Only the edition of 2022 has it, and not every device of that edition.
        if self._settings.upload_url and state.edition.startswith("3"):
            more = {"ConfigType": "SnapShotConfig"}
            await self._tell(state, query("ConfigDownload", _number(), state.device, more))

    async def _tell(self, state: GbDeviceState, body: bytes) -> None:
        """A message; a device that does not answer is away by its own time."""
        if state.source is not None:
            request = self.questions.request("MESSAGE", state.device, state.source, body=body, kind=XML)
            await self.questions.ask(request, state.source, ASK_S)

    def _end(self, bye: SipRequest, to: GbSource) -> None:
        async def until_heard() -> None:
            await self.questions.ask(bye, to, ASK_S)

        self._ends.spawn("end", until_heard)

    async def _subscribe(self, state: GbDeviceState) -> None:
        if state.source is None:
            return
        more = {"Interval": str(POSITION_EVERY_S)}
        number = _number()
        request = self.questions.request(
            "SUBSCRIBE", state.device, state.source, kind=XML,
            body=query("MobilePosition", number, state.device, more),
            more=(("event", "presence"), ("expires", str(SUBSCRIBED_S))),
        )  # fmt: skip
        # The first position may come before the answer does.
        self.registrar.subscribed(state.device, request.call_id)
        answer = await self.questions.ask(request, state.source, ASK_S)
        if answer is None or answer.status >= 300:
            _log.info(
                "a device tells no positions", device=state.device, status=answer.status if answer else 0
            )

    def _spawn(
        self,
        device: str,
        name: str,
        body: Callable[[], Awaitable[None]],
        *,
        most: int = MOST_OF_DEVICE,
        tasks: Tasks | None = None,
    ) -> bool:
        """False when too much of this device, or of all, is under way: nothing runs."""
        if self._under_way[device] >= most:
            _messages.labels("busy").inc()
            return False

        async def quiet() -> None:
            try:
                await body()
            except SonghuaError as error:
                _log.info("a question to a device failed", error=error.kind)
            finally:
                self._under_way[device] -= 1

        spawned = (tasks or self._tasks).spawn(name, quiet)
        self._under_way[device] += spawned
        return spawned

    # What is remembered ------------------------------------------------------------------------------

    async def _remembered(self) -> None:
        await self._register.look()
        async with self._storage.read() as connection:
            known = {one.device: one for one in await store.devices(connection)}
        for device in self.registrar.devices:
            row = known.get(device)
            if row is None:
                self._unwritten.add(device)
                row = GbDeviceRow(device, "away", "never", self._clock.now())
            self._rows.setdefault(device, row)

    def _changed(self, device: str) -> None:
        """Note what is known of a device now."""
        state, row = self.registrar.devices[device], self._rows[device]
        now = self._clock.now()
        told = "up" if state.up else "away"
        if (row.state, row.why) != (told, state.why):
            row.state, row.why, row.since = told, state.why, now
        elif state.up and row.heard_at is not None and now - row.heard_at < HEARD_EVERY:
            return  # not each keepalive of each device is written down
        if state.up:
            row.heard_at = now
        self._unwritten.add(device)


def _number() -> int:
    """A number of a question that nobody guesses, of nine digits at most."""
    return 1 + secrets.randbelow(999_999_999)


def _tag() -> str:
    return secrets.token_hex(6)
