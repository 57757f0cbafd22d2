"""The Slack edge: parse, call one workflow, render. Nothing is decided here."""
