"""Be the process that a worker has started for one flow run."""
