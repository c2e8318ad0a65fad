"""Live audio in, transcript out: the AudioSocket server, the voice gate, engines in worker processes.

Runs as its own role; nothing on the call path ever waits for it, and a tap that ends never ends a call.
"""
