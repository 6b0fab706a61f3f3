"""What a host says about the node on it. Facts only read."""
