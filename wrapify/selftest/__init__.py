"""Pure. A battery of harmless attacks on a sandbox: `attacks` run inside, all else outside."""
