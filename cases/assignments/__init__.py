"""A case in the hands of departments: one assignment for each, with its own state and clock."""
