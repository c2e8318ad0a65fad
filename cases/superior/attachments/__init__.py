"""Letters of superiors' orders: scanned, kept with the case, and handed out as files alone."""
