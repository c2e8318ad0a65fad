"""The audit trail: who did, saw or tried what, and when; in the ledger's hash chain."""
