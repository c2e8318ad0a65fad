"""Emergency alarms of units: kept, told until somebody answers by name, cleared with a note."""
