"""The list of cases, of any size: filters, order, pages and full-text search in Chinese and English."""
