"""Tests mirror the source; flows/ holds whole conversations, golden/ every view, typing/ lines that must not type-check."""
