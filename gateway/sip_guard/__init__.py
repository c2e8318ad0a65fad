"""Blocks addresses that guess telephones' passwords at the switch for a time (decision 0185)."""
