"""Who is on a server, where, and by which name he counts."""

from __future__ import annotations

from radio_bridge.drivers.mumble.messages import NOBODY, ChannelState, UserState
from radio_bridge.drivers.mumble.users import CHANNELS_MOST, USERS_MOST, MumbleServer


def server(*, trust_names: bool = False) -> MumbleServer:
    made = MumbleServer(trust_names=trust_names)
    for number, parent, name in ((1, 0, "City"), (2, 1, "Daoli"), (3, 0, "Daoli")):
        made.note_channel(ChannelState(number, parent, name))
    return made


def test_a_channel_is_found_by_its_names_from_the_root_on() -> None:
    made = server()
    found = {path: made.channel_at(path) for path in ("", "/", "City/Daoli", "/Daoli/", "City/None", "None")}
    assert found == {"": 0, "/": 0, "City/Daoli": 2, "/Daoli/": 3, "City/None": None, "None": None}
    made.note_channel(ChannelState(2, name="Nangang"))
    assert made.channel_at("City/Nangang") == 2
    made.forget_channel(2)
    assert made.channel_at("City/Nangang") is None


def test_a_channel_that_is_its_own_parent_ends_nothing() -> None:
    made = server()
    made.note_channel(ChannelState(0, 0, "Root"))
    made.note_channel(ChannelState(7, 7, "Loop"))
    assert made.channel_at("Loop/Loop") is None


def test_a_name_is_believed_when_it_is_registered() -> None:
    made = server()
    made.note_user(UserState(5, "CREW-A", user_id=1))
    made.note_user(UserState(6, "CREW-B"))
    assert [made.name_of(one) for one in (5, 6, 7, None)] == ["CREW-A", "guest.CREW-B", "", ""]
    assert made.session_of("CREW-A") == made.session_of("crew-a") == 5
    assert made.session_of("CREW-B") is None
    made.note_user(UserState(5, user_id=NOBODY))
    assert made.name_of(5) == "guest.CREW-A"


def test_a_name_that_could_be_taken_for_another_is_a_guests() -> None:
    made = server()
    for session, name in enumerate(("CREW A", "guest.CREW-A", "王芳", "x" * 41)):
        made.note_user(UserState(session, name, user_id=session))
        assert made.name_of(session) == f"guest.{name}"


def test_where_only_crews_can_sign_in_names_may_be_believed() -> None:
    made = server(trust_names=True)
    made.note_user(UserState(6, "CREW-B"))
    assert made.name_of(6) == "CREW-B"


def test_what_is_kept_is_bounded() -> None:
    made = server()
    for number in range(max(USERS_MOST, CHANNELS_MOST) + 10):
        made.note_user(UserState(number, "x"))
        made.note_channel(ChannelState(number, 0, "x"))
    assert len(made.users) == USERS_MOST
    assert len(made._channels) == CHANNELS_MOST
