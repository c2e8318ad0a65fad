"""Asterisk's AudioSocket protocol as taps use it: session and server (frames: `core.sound.audiosocket`)."""
