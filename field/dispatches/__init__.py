"""Jobs on their way to a unit, and what the unit says about them."""
