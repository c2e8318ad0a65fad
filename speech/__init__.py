"""Live audio in, transcript out: the AudioSocket server, the voice gate, engines in worker processes.

Runs as its own role; nothing on the call path ever waits for it, and a tap that ends never ends a call.
"""

import core  # noqa: F401  # first: it sets the switches that libraries of this room read when they are imported
