"""A network of DMR repeaters by the Homebrew protocol: we are the master, or a repeater at one."""
