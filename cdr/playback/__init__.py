"""Playback of a talkgroup's recordings, with the time span of each transmission."""
