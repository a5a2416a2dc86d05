"""Questions to the database: plain units of work that write nothing."""
