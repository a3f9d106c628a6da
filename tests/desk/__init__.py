"""Tests of desk/."""
