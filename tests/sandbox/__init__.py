"""The stand-in for Slack, met by the real Bolt and the real SDK."""
