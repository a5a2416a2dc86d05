"""Measure Peninsula, beside its peers: `python -m benchmarks`."""
