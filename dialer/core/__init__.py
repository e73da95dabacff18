"""The brain: pure decisions about calls, advisers and who is offered what.

Knows no clock, no event loop, no network and no database: time comes in as ``at``, what happened as an event,
what is wanted goes out as a command.
"""
