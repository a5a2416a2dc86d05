"""The pure heart: what states, runs, events and records are. No I/O, no clock, no threads."""
