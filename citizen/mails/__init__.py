"""Notices by e-mail: who gets them, what they say, how they leave, and how a reporter stops them."""
