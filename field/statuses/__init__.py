"""What crews say by status, button, text or keys of any network, made steps of their jobs by a table."""
