"""Slack in: each handler translates a payload, calls one service and answers. No rule about the work stands here."""
