"""Talkgroups of every network: who may listen, talk and patch, who is on them, and those for an incident."""
