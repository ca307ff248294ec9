"""kubernetes/ingress-nginx: what the controller makes of Ingresses, modelled on v1.15.1.

The model follows the controller step by step: which objects it takes (`classes`), its settings (`settings`),
what each Ingress's annotations come to (`annotations`), how Ingresses of one host become one server (`servers`),
what a location then does on both ports and towards its Service (`conclude`), and, where something is not known,
all the ways it could be (`worlds`). Observed behaviour is the reference, documentation is not.
"""
