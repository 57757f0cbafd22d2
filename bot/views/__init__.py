"""Block Kit as pure functions: a value in, a view or a list of blocks out. No client, no clock, no decision."""
