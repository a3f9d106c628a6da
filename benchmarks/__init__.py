"""Measurements with a baseline in the same run; each module prints its numbers. Not tests: nothing here passes or fails."""
