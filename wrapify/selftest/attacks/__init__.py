"""Pure. What runs inside: the attacks, which the attacker makes one after the other."""
