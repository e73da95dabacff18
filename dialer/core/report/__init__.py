"""The annual review of the right to return to training, from the files and from the journal alone."""
