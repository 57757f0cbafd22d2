"""What the organisation does: use cases and rules. Knows nothing of Slack."""
