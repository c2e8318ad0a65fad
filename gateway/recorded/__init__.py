"""Shared code of the commands for sound files: transcription, draft, and their JSON documents."""
