"""Photos of crews: announced over the broker, brought over HTTP in pieces, kept as recordings are."""
