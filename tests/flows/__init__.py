"""Whole conversations: signed requests over HTTP to the real app, the stand-in Slack with its journal on the other side."""
