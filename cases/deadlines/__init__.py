"""The clocks of cases: until when the city has to handle a report, and whether it did."""
