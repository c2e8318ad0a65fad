"""Where units are: newest by the unit's own clock and bounded by ours, with age, accuracy and source."""
