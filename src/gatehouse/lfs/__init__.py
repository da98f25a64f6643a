"""git-lfs: batch, transfer, verify."""
