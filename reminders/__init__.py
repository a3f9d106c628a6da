"""The clock: ticks, planning, claiming and sending what is owed to staff."""
