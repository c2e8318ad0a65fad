"""The live figures of the board, counted from what the hotline itself sees."""
