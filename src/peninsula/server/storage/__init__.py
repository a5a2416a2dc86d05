"""The database: its schema, the seam to it, and the units of work."""
