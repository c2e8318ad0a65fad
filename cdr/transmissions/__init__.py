"""Transmissions in talkgroups: talker, talkgroup, begin and end, in the hash chain."""
