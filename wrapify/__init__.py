"""Pure. Run commands you don't trust in a throw-away view of your machine."""

__version__ = "0.1.0"
