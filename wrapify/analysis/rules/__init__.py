"""Pure. The rules about commands: one file each, one line each in this table. Their order means nothing."""

from __future__ import annotations

from wrapify.analysis.rules import (
    container_escape,
    decoded_run,
    destruction,
    download_run,
    history_off,
    local_run,
    persistence,
    reverse_shell,
    secrets_out,
    secrets_read,
    security_off,
    spelling,
    sudo,
    tls_off,
    unsigned_source,
)

RULES = (
    ("sudo", sudo.found),
    ("download-run", download_run.found),
    ("decoded-run", decoded_run.found),
    ("local-run", local_run.found),
    ("odd-spelling", spelling.found),
    ("reverse-shell", reverse_shell.found),
    ("persistence", persistence.found),
    ("secrets-read", secrets_read.found),
    ("secrets-out", secrets_out.found),
    ("destruction", destruction.found),
    ("security-off", security_off.found),
    ("unsigned-source", unsigned_source.found),
    ("history-off", history_off.found),
    ("container-escape", container_escape.found),
    ("tls-off", tls_off.found),
)
