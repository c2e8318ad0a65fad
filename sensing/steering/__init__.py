"""Who steers a turning camera, and moves of it by hand: one person at a time, and never without an end."""
