"""PEM and DER to certificates; private keys are recognised, matched by their public half, and dropped."""
