"""The channels, one folder each: a channel imports `citizen.contract`, its own folder and errors."""
