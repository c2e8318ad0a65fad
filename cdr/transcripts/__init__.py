"""Final transcript segments and the gaps between them."""
