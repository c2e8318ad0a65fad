"""Acts that need a second person: asked for, approved or objected to, done once."""
