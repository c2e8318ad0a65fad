"""The conferences of talkgroups in the switch, as the role `centre` keeps them."""
