"""Mobile terminals."""
