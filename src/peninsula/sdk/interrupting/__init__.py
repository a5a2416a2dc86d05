"""End runs from outside, at a moment that is safe: orders, signals, time limits."""
