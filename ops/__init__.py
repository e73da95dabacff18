"""Running the service: Asterisk, the bench, robots; nothing here decides about a call."""
