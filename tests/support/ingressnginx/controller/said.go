package controller

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"github.com/eapache/channels"
	networking "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/kubernetes/scheme"

	ngx_config "k8s.io/ingress-nginx/internal/ingress/controller/config"
	"k8s.io/ingress-nginx/internal/ingress/controller/ingressclass"
	"k8s.io/ingress-nginx/internal/ingress/controller/store"
	"k8s.io/ingress-nginx/internal/ingress/metric"
	"k8s.io/ingress-nginx/pkg/apis/ingress"
)

// Flags are those of the controller's command line that the estates use.
type Flags struct {
	ConfigMap       string `json:"configmap"`
	Namespace       string `json:"watch-namespace"`
	DisableCatchAll bool   `json:"disable-catch-all"`
	WithoutClass    bool   `json:"watch-ingress-without-class"`
	Validates       bool   `json:"enable-annotation-validation"`
	Passthrough     bool   `json:"enable-ssl-passthrough"`
}

// Estate is what one controller sees.
type Estate struct {
	Objects []json.RawMessage `json:"objects"`
	Flags   Flags             `json:"flags"`
}

// Answer has the servers that are written to nginx.conf, the settings and the endpoints by upstream; or the panic.
type Answer struct {
	Servers   []Server       `json:"servers"`
	Passed    []Passed       `json:"passed"`
	Settings  Settings       `json:"settings"`
	Endpoints map[string]int `json:"endpoints"`
	Panic     string         `json:"panic"`
}

// Passed is a host whose TLS connections go to an address without being opened; the address may be empty.
type Passed struct {
	Host    string `json:"host"`
	Address string `json:"address"`
}

// Settings are read from the ConfigMap.
type Settings struct {
	Exempt          string `json:"no-tls-redirect-locations"`
	Forwarded       bool   `json:"use-forwarded-headers"`
	ProxyProtocol   bool   `json:"use-proxy-protocol"`
	RejectHandshake bool   `json:"ssl-reject-handshake"`
}

// TLS is client verification of a server, or the upstream side of a server or location.
type TLS struct {
	CA     bool   `json:"ca"`
	Pair   bool   `json:"pair"`
	Verify string `json:"verify"`
	CN     string `json:"cn"`
	Page   string `json:"page"`
}

// Server is a server block.
type Server struct {
	Host      string     `json:"host"`
	Aliases   []string   `json:"aliases"`
	Denied    string     `json:"denied"`
	Covers    []string   `json:"covers"`
	Certified bool       `json:"certified"`
	Clients   TLS        `json:"clients"`
	Upstream  TLS        `json:"upstream"`
	Locations []Location `json:"locations"`
}

// Location is a location block; Written is the path of the block, Path that of the Ingress.
type Location struct {
	Path     string `json:"path"`
	Written  string `json:"written"`
	Type     string `json:"type"`
	Ingress  string `json:"ingress"`
	Backend  string `json:"backend"`
	Denied   string `json:"denied"`
	Protocol string `json:"protocol"`
	Redirect string `json:"redirect"`
	SSL      bool   `json:"ssl-redirect"`
	Force    bool   `json:"force-ssl-redirect"`
	Regex    bool   `json:"regex"`
	Upstream TLS    `json:"upstream"`
}

// Say runs the store and what makes servers out of it.
func Say(estate Estate, certificate *ingress.SSLCert) (answer Answer) {
	defer func() {
		if found := recover(); found != nil {
			answer = Answer{Panic: fmt.Sprint(found, "\n", string(debug.Stack()))}
		}
	}()
	var objects []runtime.Object
	var ingresses []*networking.Ingress
	for _, raw := range estate.Objects {
		object, _, err := scheme.Codecs.UniversalDeserializer().Decode(raw, nil, nil)
		must(err)
		if one, ok := object.(*networking.Ingress); ok {
			ingresses = append(ingresses, one)
		} else {
			objects = append(objects, object)
		}
	}
	client := fake.NewSimpleClientset(objects...)
	flags := estate.Flags
	kept := store.New(flags.Namespace, labels.Everything(), flags.ConfigMap, "", "", "", 10*time.Minute, client,
		channels.NewRingChannel(1024), flags.DisableCatchAll, true, &ingressclass.Configuration{
			Controller: ingressclass.DefaultControllerName, AnnotationValue: ingressclass.DefaultAnnotationValue,
			WatchWithoutClass: flags.WithoutClass,
		}, true)
	stop := make(chan struct{})
	defer close(stop)
	kept.Run(stop)
	// What Ingresses refer to comes first, so that none is turned away for a class that is not there yet.
	settled(kept, client, flags.Namespace, "first-")
	for _, one := range ingresses {
		_, err := client.NetworkingV1().Ingresses(one.Namespace).Create(context.Background(), one, metav1.CreateOptions{})
		must(err)
	}
	found := settled(kept, client, flags.Namespace, "last-")
	controller := &NGINXController{store: kept, metricCollector: metric.NewDummyCollector(), cfg: &Configuration{
		Client: client, FakeCertificate: certificate, ListenPorts: &ngx_config.ListenPorts{},
	}}
	_, servers, configuration := controller.getConfiguration(found)
	return described(servers, configuration, kept.GetBackendConfiguration(), flags)
}

// settled waits until the store has handled all that it was told, and returns its Ingresses. One more of the class is made
// again and again: a watch that begins late misses one, but when one has arrived, all before it has too.
func settled(kept store.Storer, client kubernetes.Interface, namespace, name string) []*ingress.Ingress {
	const mark = "settled-"
	if namespace == "" {
		namespace = "default"
	}
	class := ingressclass.DefaultAnnotationValue
	for number := range 1000 {
		one := &networking.Ingress{
			ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprint(mark, name, number), Namespace: namespace},
			Spec:       networking.IngressSpec{IngressClassName: &class},
		}
		_, err := client.NetworkingV1().Ingresses(namespace).Create(context.Background(), one, metav1.CreateOptions{})
		must(err)
		time.Sleep(50 * time.Millisecond)
		var found []*ingress.Ingress
		arrived := false
		for _, one := range kept.ListIngresses() {
			arrived = arrived || strings.HasPrefix(one.Name, mark+name)
			if !strings.HasPrefix(one.Name, mark) {
				found = append(found, one)
			}
		}
		if arrived {
			return found
		}
	}
	panic("the store does not settle")
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func described(
	servers []*ingress.Server, configuration *ingress.Configuration, config ngx_config.Configuration, flags Flags,
) Answer {
	answer := Answer{Endpoints: map[string]int{}, Settings: Settings{
		Exempt: config.NoTLSRedirectLocations, Forwarded: config.UseForwardedHeaders,
		ProxyProtocol: config.UseProxyProtocol, RejectHandshake: config.SSLRejectHandshake,
	}}
	for _, backend := range configuration.Backends {
		answer.Endpoints[backend.Name] = len(backend.Endpoints)
	}
	for _, one := range configuration.PassthroughBackends {
		if flags.Passthrough && one.Service != nil {
			answer.Passed = append(answer.Passed, Passed{one.Hostname, one.Service.Spec.ClusterIP})
		}
	}
	for _, server := range servers {
		one := Server{
			Host: server.Hostname, Aliases: server.Aliases, Denied: server.AuthTLSError, Certified: server.SSLCert != nil,
			Clients: TLS{
				CA: server.CertificateAuth.CAFileName != "", Verify: server.CertificateAuth.VerifyClient,
				CN: server.CertificateAuth.MatchCN, Page: server.CertificateAuth.ErrorPage,
			},
			Upstream: TLS{
				CA: server.ProxySSL.CAFileName != "", Pair: server.ProxySSL.PemFileName != "", Verify: server.ProxySSL.Verify,
			},
		}
		if server.SSLCert != nil {
			one.Covers = server.SSLCert.CN
		}
		for _, location := range server.Locations {
			one.Locations = append(one.Locations, describedLocation(location))
		}
		answer.Servers = append(answer.Servers, one)
	}
	return answer
}

func describedLocation(location *ingress.Location) Location {
	one := Location{
		Path: location.IngressPath, Written: location.Path, Backend: location.Backend, Protocol: location.BackendProtocol,
		Redirect: location.Redirect.URL, SSL: location.Rewrite.SSLRedirect, Force: location.Rewrite.ForceSSLRedirect,
		Regex: location.Rewrite.UseRegex || needsRewrite(location),
		Upstream: TLS{
			CA: location.ProxySSL.CAFileName != "", Pair: location.ProxySSL.PemFileName != "", Verify: location.ProxySSL.Verify,
		},
	}
	if one.Path == "" {
		one.Path = location.Path
	}
	if location.PathType != nil {
		one.Type = string(*location.PathType)
	}
	if location.Ingress != nil {
		one.Ingress = location.Ingress.Namespace + "/" + location.Ingress.Name
	}
	if location.Denied != nil {
		one.Denied = *location.Denied
	}
	return one
}
