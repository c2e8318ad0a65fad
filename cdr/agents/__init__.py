"""Agents' state changes as the hotline published them: kept for ever, in the hash chain."""
