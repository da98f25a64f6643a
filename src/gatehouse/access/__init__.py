"""The gate, the access requests, the forms and who is told."""
