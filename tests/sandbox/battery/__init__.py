"""A black-box attack battery for sandboxes: `probes` runs inside as the attacker, `host` is the outside half.

Inside (stdlib only, Python >= 3.9): kernel, files, environment, channels, processes, surface, system, terminal,
writes, probes.
Outside: plant, listeners, launch, host.
"""
