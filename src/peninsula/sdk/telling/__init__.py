"""Tell of runs: to the journal, in their logs, on the terminal."""
