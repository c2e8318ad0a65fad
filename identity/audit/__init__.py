"""The audit trail: who did, saw or tried what, and when; under the ledger's chain."""
