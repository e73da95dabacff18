"""What an adviser writes down of a call once it is over: why somebody called, a note, and what follows from it."""
