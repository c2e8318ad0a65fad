"""What a camera shows now, in a browser: its video in fragments of MP4."""
