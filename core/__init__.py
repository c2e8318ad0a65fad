"""What every room stands on: events, ids, clock, errors, storage. No business rule lives here."""
