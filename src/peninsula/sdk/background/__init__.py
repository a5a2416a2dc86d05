"""Hand task runs to task workers, and be one."""
