"""The desks' side of floor control."""
