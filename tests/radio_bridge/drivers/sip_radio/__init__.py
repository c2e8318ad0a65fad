"""The pure parts of the sip_radio driver. Its real peer: `tests/radio_bridge/drivers/conformance`."""
