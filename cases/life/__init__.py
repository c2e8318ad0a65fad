"""A case from filing to closing. What units do about it stands in `cases.dispatch`."""
