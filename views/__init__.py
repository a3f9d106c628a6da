"""Slack out: forms, messages and App Home as pure data. No input or output happens here."""
