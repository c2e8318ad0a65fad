"""The ledger of record: every call, stored exactly once, with proof that it was not changed."""
