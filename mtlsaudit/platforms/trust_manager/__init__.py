"""trust-manager: bundles of CA certificates, copied to the namespaces that want them."""
