"""The server: intake, the log and its projections, queries, duties."""
