"""Text messages through the simulated SMSC."""
