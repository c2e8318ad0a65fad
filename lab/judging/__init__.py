"""What drafting is worth: the judge, its goals, and the commands that print what is right."""
