"""What becomes of a person once reached: the file, its path and appointments, who may see it, how long it is kept."""
