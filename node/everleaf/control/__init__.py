"""The control plane: state machines that take an event and `now`, and return effects. No clock, socket or dice."""
