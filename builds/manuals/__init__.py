"""Manual pages and completions of shells, made of what `--help` and the configuration's reader are made of."""
