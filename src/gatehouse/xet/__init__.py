"""Xet: the storage protocol that current clients upload with."""
