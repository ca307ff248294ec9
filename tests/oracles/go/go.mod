module mtlsaudit/tests/oracles/go

go 1.25
