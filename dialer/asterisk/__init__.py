"""Asterisk through ARI: its words become the core's events, the core's commands become its requests."""
