"""Text messages by SMPP 3.4: codec and session are pure, the transport is thin, rooms see the link."""
