"""Floor F1: the voice menus of the lines, as data: what a caller hears, presses and comes to.

Pure: no clock, no network, no database, no logs. Knows `schedules`, and nothing of calls, advisers or Asterisk.
"""
