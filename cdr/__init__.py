"""The ledger of record: what really happened in each call, kept exactly once and provably unchanged."""
