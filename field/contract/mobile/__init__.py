"""What a mobile terminal and the centre say to each other."""
