"""Messages to citizens: each is written down once, sent within the allowed hours, and followed to its end."""
