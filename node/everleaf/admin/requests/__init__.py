"""One admin request per file: its name, what it tells, its arguments, and the handler."""
