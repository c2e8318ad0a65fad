"""Who is on a server and where, as it tells: users by their sessions, channels by their numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from radio_bridge.drivers.mumble.messages import NOBODY, ChannelState, UserState

USERS_MOST: Final = 5_000
CHANNELS_MOST: Final = 10_000
ROOT: Final = 0
GUEST: Final = "guest."
_PLAIN: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,39}")


@dataclass(frozen=True, slots=True)
class MumbleUser:
    name: str
    registered: bool = False
    channel: int = ROOT
    mute: bool = False
    suppress: bool = False


@dataclass(frozen=True, slots=True)
class MumbleChannel:
    name: str
    parent: int


class MumbleServer:
    """Of one connection. Without `trust_names`, a name that is not registered counts as `guest.NAME`, because
    everybody may sign in by it; so does one that an address cannot hold, which could be taken for another.
    """

    def __init__(self, *, trust_names: bool) -> None:
        self._trust_names = trust_names
        self._channels: dict[int, MumbleChannel] = {ROOT: MumbleChannel("Root", -1)}
        self.users: dict[int, MumbleUser] = {}

    def note_user(self, state: UserState) -> None:
        if state.session is None:
            return
        known = self.users.get(state.session)
        if known is None and len(self.users) >= USERS_MOST:
            return
        user = known or MumbleUser("")
        changed = {
            name: value
            for name in ("name", "channel", "mute", "suppress")
            if (value := getattr(state, name)) is not None
        }
        if state.user_id is not None:
            changed["registered"] = state.user_id != NOBODY
        self.users[state.session] = replace(user, **changed)

    def note_channel(self, state: ChannelState) -> None:
        if state.channel is None:
            return
        known = self._channels.get(state.channel)
        if known is None and len(self._channels) >= CHANNELS_MOST:
            return
        channel = known or MumbleChannel("", ROOT)
        name = channel.name if state.name is None else state.name
        parent = channel.parent if state.parent is None else state.parent
        self._channels[state.channel] = MumbleChannel(name, parent)

    def forget_channel(self, channel: int) -> None:
        """The server has removed the channel."""
        self._channels.pop(channel, None)

    def channel_at(self, path: str) -> int | None:
        """By the names from the root on, `City/Daoli`; the root is empty."""
        at: int | None = ROOT
        for name in filter(None, path.split("/")):
            inside = (
                number
                for number, one in self._channels.items()
                if one.parent == at and one.name == name and number != ROOT
            )
            at = next(inside, None)
            if at is None:
                return None
        return at

    def name_of(self, session: int | None) -> str:
        """As it counts here; empty for nobody."""
        user = None if session is None else self.users.get(session)
        if user is None or not user.name:
            return ""
        believed = (user.registered or self._trust_names) and _PLAIN.fullmatch(user.name)
        return user.name if believed and not user.name.startswith(GUEST) else GUEST + user.name

    def session_of(self, name: str) -> int | None:
        """Of who has this name, as it counts here, whatever its case: the server has no two of that kind."""
        wanted = name.casefold()
        return next((one for one in self.users if self.name_of(one).casefold() == wanted), None)
