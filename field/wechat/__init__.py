"""The WeChat accounts of a crew, as the unit's page asks about them."""
