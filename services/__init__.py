"""What the app does: the rules, each in its caller's transaction. Nothing here commits or talks to Slack."""
