"""How long things are kept: rules by kind, legal holds that no rule and no hand overrides."""
