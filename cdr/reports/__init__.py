"""Reports: what the ledger says of many calls. Every figure can be derived anew from the ledger alone."""
