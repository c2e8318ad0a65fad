"""Emergency plans: the table, the machine of a run, and what is done once."""
