"""One call or case through ledger, events, audit trail and logs, in order of time."""
