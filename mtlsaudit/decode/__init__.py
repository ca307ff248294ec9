"""Text to typed values: YAML as Kubernetes reads it, with positions on demand."""
