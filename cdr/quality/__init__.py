"""Quality of calls: scoring forms, scorecards, calibration between two scorers, marks on recordings."""
