"""In the role `centre`: the switch calls the SIP side of radio systems when the role `radio` wants it."""
