"""The signed hash chain over the records of the ledger."""
