"""stub"""


def render_stories(*a, **k): ...
