"""Renders the shipped prompts and the speech of tests by machine voices (`scripts/render-prompts`)."""
