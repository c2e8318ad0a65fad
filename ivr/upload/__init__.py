"""Prompts as they come from people: any sound that ffmpeg reads becomes one that a telephone plays."""
