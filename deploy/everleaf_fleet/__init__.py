"""The toolkit that puts everleaf on a fleet: a lab on this machine, a pyinfra connector, facts, operations and deploys."""
