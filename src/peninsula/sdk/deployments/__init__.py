"""Deploy flows, serve them, and have deployments run."""
