"""Agents' states as the hotline told them: kept for ever, under the chain."""
