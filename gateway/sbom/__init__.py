"""The software bill of materials (CycloneDX 1.6): packages, models, programs."""
