// What cert-manager's admission webhook says of Certificates: a JSON object a line in, a list of errors a line out.
// It uses an internal package, so it is built inside a copy of the module (tests/support/install-tools).
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apimachinery/pkg/util/validation/field"

	"github.com/cert-manager/cert-manager/internal/apis/certmanager"
	convert "github.com/cert-manager/cert-manager/internal/apis/certmanager/v1"
	"github.com/cert-manager/cert-manager/internal/apis/certmanager/validation"
	v1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
)

func said(line []byte) ([]string, error) {
	var written v1.Certificate
	var inner certmanager.Certificate
	if err := json.Unmarshal(line, &written); err != nil {
		return nil, err
	}
	if err := convert.Convert_v1_Certificate_To_certmanager_Certificate(&written, &inner, nil); err != nil {
		return nil, err
	}
	errors := []string{}
	for _, one := range validation.ValidateCertificateSpec(&inner.Spec, field.NewPath("spec")) {
		errors = append(errors, one.Error())
	}
	return errors, nil
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<20), 1<<24)
	for lines.Scan() {
		errors, err := said(lines.Bytes())
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		text, _ := json.Marshal(errors)
		fmt.Println(string(text))
	}
}
