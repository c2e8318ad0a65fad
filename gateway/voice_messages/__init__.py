"""Recognises voice messages of citizens in a process of its own: no sound is decoded in the centre."""
