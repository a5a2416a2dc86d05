"""Write what happens to a file at once, and bring it to a server in time."""
