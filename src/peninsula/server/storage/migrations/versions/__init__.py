"""The migrations, oldest first; each file is one step and is not changed once released."""
