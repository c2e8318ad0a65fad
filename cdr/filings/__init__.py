"""What other rooms hand to the ledger: drafts, cases, dispatches, dispositions."""
