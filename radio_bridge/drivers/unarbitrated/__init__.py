"""What drivers share whose networks let everybody talk at any time: whoever begins first is heard."""
