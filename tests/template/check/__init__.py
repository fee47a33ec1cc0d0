"""Checks what template.yaml deploys. See `__main__.py`."""
