"""The radio networks as a whole: which there are, how they are, what they can do."""
