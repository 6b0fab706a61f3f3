"""A fleet as data: `fleet.toml` says what is wanted, `fleet.lock` what hosts told us. No connection is made here."""
