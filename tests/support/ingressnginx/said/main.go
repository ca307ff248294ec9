// What ingress-nginx makes of sets of objects: a JSON array of estates in, an array of answers out, in the same order.
// It uses internal packages, so it is built inside a copy of the module (tests/support/ingressnginx/build).
package main

import (
	"encoding/json"
	"flag"
	"io"
	"os"
	"sync"

	"k8s.io/klog/v2"

	"k8s.io/ingress-nginx/internal/ingress/annotations/parser"
	"k8s.io/ingress-nginx/internal/ingress/controller"
	"k8s.io/ingress-nginx/internal/net/ssl"
	"k8s.io/ingress-nginx/pkg/util/file"
)

// A store waits for a second, so many of them wait together.
const atOnce = 50

func main() {
	silence()
	var estates []controller.Estate
	if err := json.NewDecoder(os.Stdin).Decode(&estates); err != nil {
		panic(err)
	}
	if err := file.CreateRequiredDirectories(); err != nil {
		panic(err)
	}
	fake := ssl.GetFakeSSLCert()
	answers := make([]controller.Answer, len(estates))
	room := make(chan struct{}, atOnce)
	// The controller keeps this switch in a global variable, so the two kinds take turns.
	for _, validates := range []bool{true, false} {
		parser.EnableAnnotationValidation = validates
		var all sync.WaitGroup
		for index, estate := range estates {
			if estate.Flags.Validates == validates {
				all.Go(func() {
					room <- struct{}{}
					defer func() { <-room }()
					answers[index] = controller.Say(estate, fake)
				})
			}
		}
		all.Wait()
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		panic(err)
	}
}

// silence drops the controller's log.
func silence() {
	klog.InitFlags(nil)
	for name, value := range map[string]string{"logtostderr": "false", "stderrthreshold": "FATAL"} {
		if err := flag.Set(name, value); err != nil {
			panic(err)
		}
	}
	klog.SetOutput(io.Discard)
}
