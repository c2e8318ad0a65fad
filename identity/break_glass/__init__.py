"""The sealed account: a way in when nobody else's second device or the city's sign-in is at hand."""
