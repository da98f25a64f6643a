"""People, organizations, tokens, and the actor who asks."""
