"""Emergency plans: tables of steps that the city edits, and their runs on a case, step by step."""
