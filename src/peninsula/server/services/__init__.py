"""The server's duties, one a file."""
