"""What the service is made of: a software bill of materials (CycloneDX 1.6) of packages, models, programs."""
