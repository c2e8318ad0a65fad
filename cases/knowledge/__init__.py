"""What the centre knows and may tell: articles, their approval, how they are found, where they were used."""
