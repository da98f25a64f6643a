"""Gatehouse: a self-hosted model hub whose heart is the gate."""

__version__ = "0.1.0"
