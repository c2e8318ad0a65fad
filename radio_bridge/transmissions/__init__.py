"""Who talked when in each talkgroup, told by the role `radio` and kept by the ledger."""
