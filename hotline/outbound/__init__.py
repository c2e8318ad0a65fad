"""A call that the hotline places by itself, once, as the switch shows it: for an alarm, or to a crew."""
