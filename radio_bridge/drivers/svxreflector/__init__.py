"""A network of analogue gateways around an SvxReflector, spoken to as one more node for each talkgroup."""
