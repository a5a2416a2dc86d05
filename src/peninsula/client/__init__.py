"""Find the server and talk to it."""
