"""HTTP endpoints: Slack's events, and health."""
