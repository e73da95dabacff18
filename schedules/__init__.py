"""Floor F0: when. Public holidays, opening hours and shifts, and how they are said in French.

Pure: no clock, no network, no database, no logs; every question brings its own `at`.
Knows nothing of calls, flows or telephones.
"""
