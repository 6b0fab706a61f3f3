"""The recipe "static": Python, the libraries and the core in one program, and the node's bytecode at its end."""
