"""Sound of talkgroups in the role `radio`: between the conferences of the switch and the radio networks."""
