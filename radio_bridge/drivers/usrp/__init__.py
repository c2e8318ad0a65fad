"""Gateways that speak USRP over UDP: nodes of AllStar (chan_usrp), DVSwitch's Analog_Bridge."""
