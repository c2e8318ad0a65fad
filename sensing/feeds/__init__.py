"""Events that other systems post: signed, stored before they are accepted, and made into drafts once."""
