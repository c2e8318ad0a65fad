"""What may happen to an assignment of a case to a department: a table that a city edits. Pure."""
