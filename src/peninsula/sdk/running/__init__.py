"""The life of a run: from its call, over its function and its children, to its end."""
