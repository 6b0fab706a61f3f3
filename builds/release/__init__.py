"""A release: what was built, with an index, checksums, a bill of materials and signatures, in one directory."""
