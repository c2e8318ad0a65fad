"""Personal data: where and why it is stored, its retention, erasure and disclosure."""
