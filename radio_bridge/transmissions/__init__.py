"""Transmissions of each talkgroup: reported by the role `radio`, stored by the ledger."""
