"""The single file: what is behind the program, and what reads it there."""
