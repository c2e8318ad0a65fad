"""One's own account: password, second factor, sessions; and what an administrator may do with another's."""
