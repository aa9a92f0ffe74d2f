"""Pure. The analyser: what a text would do if a shell ran it. Nothing in here runs, opens or resolves anything."""
