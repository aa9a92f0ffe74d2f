"""Pure. What this machine can do for wrapify: looked at (`look`), judged (`checks`), and told by `cli/doctor.py`."""
