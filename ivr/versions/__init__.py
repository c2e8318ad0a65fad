"""Flows and prompts changed at run time: versions, which of them is in force, and the way back."""
