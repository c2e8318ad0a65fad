"""SIP passwords of browsers: each belongs to a session at the desk, and ends with it."""
