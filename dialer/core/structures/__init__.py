"""The directory of structures that receive young people: its fields, its import and the search in it."""
