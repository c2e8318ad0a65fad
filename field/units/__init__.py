"""Field units: their names, their credentials, whether they can be reached."""
