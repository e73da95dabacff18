"""France as the law and the telephone see it: territories, départements, académies, their distances and holidays."""
