"""Uploaded prompts: converts any sound that ffmpeg reads into telephone sound."""
