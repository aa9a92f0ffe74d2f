"""Pure. What the user and the administrator chose."""
