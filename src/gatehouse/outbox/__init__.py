"""Letters and webhooks that wait to be sent."""
