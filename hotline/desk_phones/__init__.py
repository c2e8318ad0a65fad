"""Which page has a person's phone: one at a time, and another one only by an explicit takeover."""
