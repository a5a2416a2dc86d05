"""The calls of docs/api.md, by what they are about."""
