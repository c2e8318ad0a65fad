"""Acts that need a second person: requested, approved or objected to, done once."""
