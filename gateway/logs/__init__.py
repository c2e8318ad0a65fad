"""The log of all roles, read from the journal or from files, without personal data."""
