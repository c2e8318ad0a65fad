"""Open311 GeoReport v2: other programs report for citizens and follow what becomes of it."""
