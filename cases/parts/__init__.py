"""The part register: things of the city that stand somewhere, with owner and maintainer (GB/T 30428.2)."""
