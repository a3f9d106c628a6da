"""Tests of the boundary: what must not leak, what must not open, what must not type-check."""
