"""Changes of flows and prompts at run time: versions, the active version, rollback."""
