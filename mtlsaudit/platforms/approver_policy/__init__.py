"""approver-policy: who may have which certificate from cert-manager."""
