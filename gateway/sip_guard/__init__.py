"""Who guesses telephones' passwords at the switch is shut out of its SIP door for a while (decision 0185)."""
