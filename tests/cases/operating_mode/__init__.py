"""The operating mode: who switches it, what holds, and what another process sees."""
