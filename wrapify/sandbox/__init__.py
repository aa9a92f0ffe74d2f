"""Pure. What a sandbox is made of, and the one place that starts it."""
