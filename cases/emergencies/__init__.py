"""Cases that emergencies of units make, with their timeline."""
