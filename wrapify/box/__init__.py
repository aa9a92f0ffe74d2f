"""Pure. The record of what a run changed."""
