"""Processes of `songhua serve`: the preloaded one that forks roles, and how the supervisor keeps them."""
