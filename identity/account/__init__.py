"""A person's own account (password, second factor, sessions), and administration of other accounts."""
