"""The templates' own tags."""
