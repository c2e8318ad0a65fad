"""A trunked network that trunk-recorder listens to: who talks, who is there. Nothing can be said there."""
