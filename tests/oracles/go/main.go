// Verifies chains with Go's crypto/x509: one JSON question a line on stdin, one JSON answer a line on stdout.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"time"
)

type question struct {
	Leaf    []byte
	Sent    [][]byte
	Anchors [][]byte
	At      int64
	Usage   string
}

type answer struct {
	Holds bool   `json:"holds"`
	Error string `json:"error"`
}

var usages = map[string]x509.ExtKeyUsage{
	"server auth": x509.ExtKeyUsageServerAuth,
	"client auth": x509.ExtKeyUsageClientAuth,
	"none":        x509.ExtKeyUsageAny,
}

func verify(q question) error {
	// A certificate of a pool that does not parse is left out (AppendCertsFromPEM); one that the peer sent ends the
	// handshake (crypto/tls).
	roots, sent := x509.NewCertPool(), x509.NewCertPool()
	for _, der := range q.Anchors {
		if c, err := x509.ParseCertificate(der); err == nil {
			roots.AddCert(c)
		}
	}
	for _, der := range q.Sent {
		c, err := x509.ParseCertificate(der)
		if err != nil {
			return fmt.Errorf("parse: %w", err)
		}
		sent.AddCert(c)
	}
	leaf, err := x509.ParseCertificate(q.Leaf)
	if err != nil {
		return fmt.Errorf("parse: %w", err)
	}
	usage, known := usages[q.Usage]
	if !known {
		return fmt.Errorf("unknown usage %q", q.Usage)
	}
	_, err = leaf.Verify(x509.VerifyOptions{
		Roots:         roots,
		Intermediates: sent,
		CurrentTime:   time.Unix(q.At, 0).UTC(),
		KeyUsages:     []x509.ExtKeyUsage{usage},
	})
	return err
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := in.ReadBytes('\n')
		if len(line) == 0 && err != nil {
			return
		}
		var q question
		var a answer
		if err := json.Unmarshal(line, &q); err != nil {
			a.Error = "question: " + err.Error()
		} else if err := verify(q); err != nil {
			a.Error = err.Error()
		} else {
			a.Holds = true
		}
		if out.Encode(a) != nil {
			return
		}
	}
}
