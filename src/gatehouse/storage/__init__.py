"""Bytes: git repositories, blobs, and bytes as an HTTP answer."""
