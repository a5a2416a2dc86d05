"""Run flows as Jobs of Kubernetes, and tell what becomes of their pods."""
