"""What radio networks may use of field units: ports of drivers, messages, names, models. In both roles."""
