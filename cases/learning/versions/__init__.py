"""Versions of the trained classifiers on this machine's disk, and which of them is in force."""
