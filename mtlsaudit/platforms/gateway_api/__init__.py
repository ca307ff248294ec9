"""Gateway API: how a Gateway speaks to the Services behind it."""
