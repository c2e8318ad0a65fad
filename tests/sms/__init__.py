"""Text messages by SMPP."""
