"""The JSON that the clients speak."""
