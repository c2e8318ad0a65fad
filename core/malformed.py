"""Input that breaks its contract."""


class Malformed(ValueError):
    """A payload, frame or topic that is not what its contract says; counted, dropped and never logged
    verbatim.
    """
