"""One call from its first ring to its last journal line: the states, which event makes which move, what is said."""
