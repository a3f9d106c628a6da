"""Rules about the words of a note, as data, and the engine that finds them. Imports nothing of ours and keeps nothing."""
