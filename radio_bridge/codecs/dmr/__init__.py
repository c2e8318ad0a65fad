"""What a burst of DMR carries (ETSI TS 102 361-1, -2): link control, talker alias, positions, data packets.

Voice itself (AMBE+2) is carried as it is and never decoded.
"""
