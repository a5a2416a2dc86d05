"""Reach clusters of Kubernetes: by a kubeconfig or within a pod, their objects as dicts."""
