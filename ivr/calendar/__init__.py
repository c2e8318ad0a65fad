"""When the centre is open: weekly hours, holidays, adjusted working days."""
