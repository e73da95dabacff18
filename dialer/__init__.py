"""Fil vert: the telephone of "Mon orientation en ligne"."""
