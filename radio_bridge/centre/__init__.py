"""What desks see of radio networks: floors and states. In the role `centre`."""
