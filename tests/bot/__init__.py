"""Tests of bot: the edges of the program."""
