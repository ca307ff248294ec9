# What someone would write who checks mutual TLS with conftest: an Ingress has TLS and verifies its clients.
package main

import rego.v1

prefix := "nginx.ingress.kubernetes.io"

deny contains message if {
	input.kind == "Ingress"
	not input.spec.tls
	message := sprintf("%s/%s has no tls section", [input.metadata.namespace, input.metadata.name])
}

deny contains message if {
	input.kind == "Ingress"
	some rule in input.spec.rules
	input.spec.tls
	not covered(rule.host)
	message := sprintf("%s/%s: no certificate for %s", [input.metadata.namespace, input.metadata.name, rule.host])
}

deny contains message if {
	input.kind == "Ingress"
	input.metadata.annotations[sprintf("%s/auth-tls-verify-client", [prefix])] != "on"
	message := sprintf("%s/%s does not require a client certificate", [input.metadata.namespace, input.metadata.name])
}

covered(host) if {
	some entry in input.spec.tls
	host in entry.hosts
}
