"""The second part of the bench: the same reports spoken, sent over a bad line and recognised."""
