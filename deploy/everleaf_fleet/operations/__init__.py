"""What a deploy does to a host. Operations read facts and yield only the difference, so a second run does nothing."""
