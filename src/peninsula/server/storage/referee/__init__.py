"""Units for what is decided, not told: keys, sessions, leases, commands and moves of runs."""
