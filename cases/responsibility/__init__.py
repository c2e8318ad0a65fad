"""Which department answers for a report: rows of class, place and owner, tried in their order. Pure."""
