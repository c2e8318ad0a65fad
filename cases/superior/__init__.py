"""Cases that a superior ordered: who ordered them, under which number, and until when."""
