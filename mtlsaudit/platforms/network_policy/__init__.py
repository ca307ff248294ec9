"""NetworkPolicy (networking.k8s.io/v1): who may reach a pod, as the API defines it, whatever the network plugin does."""
