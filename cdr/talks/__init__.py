"""Talks in talkgroups: who talked where from when to when, under the chain."""
