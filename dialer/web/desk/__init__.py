"""The adviser's own page, /poste: what is before one adviser, region by region, and what they do with it."""
