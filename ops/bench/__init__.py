"""Fil vert beside Asterisk's own app_queue: the same callers, the same phones, the same machine, one after the other.

`python -m ops.bench` (`make bench`). Starts everything it needs and ends it again; what it measured is a table and a
JSON file. How to read them: docs/bench.md. Nothing of the service is imported here: it is run, as an operator runs it.
"""
