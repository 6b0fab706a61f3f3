"""Who listens on macOS and the BSDs: what their own programs print, a file for each of these."""
