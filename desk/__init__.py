"""What handlers and reminders work with: the Slack surface, the two doors to the database, work for later, the clock."""
