"""Repositories, revisions, commits and cards."""
