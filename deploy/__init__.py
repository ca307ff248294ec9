"""What runs mtlsaudit in a cluster: the chart, plain manifests equal to it, and what makes both from the program."""
