"""Tests of the clock: what is due to whom, when, once."""
