"""Reports over many calls. Every number can be recomputed from the ledger alone."""
