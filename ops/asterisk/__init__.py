"""A real Asterisk 22 without root: fetched, given a voice, configured, started and stopped.

Nothing here knows a call, an adviser's wish or a flow; those live below, in the core. `provision`, `sources`,
`programs` and `alaw` use the standard library alone, because they run before any dependency is installed.
"""
