"""The hosts: here those of the lab that runs on this machine (`everleaf-fleet demo --keep` starts one)."""

hosts = ["@lab"]
