"""One file per change, in order of its number. A file that was released is never edited."""
