"""Pausing a recording while a card number is said, and going on."""
