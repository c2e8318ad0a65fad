"""E-mail that we send: the settings of the mail server, and a client."""
