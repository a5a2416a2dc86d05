"""The HTTP API: one file for each resource, over one way to declare a call."""
