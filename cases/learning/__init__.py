"""What agents made of drafts: how often they took them as they were, and where they did not."""
