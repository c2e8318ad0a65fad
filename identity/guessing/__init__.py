"""Guessing of passwords and codes: how many tries there are, who computes when, and when it is an attack."""
