// The server of AWS's emulator that tests drive call by call: it takes the path of the service for restores and for
// callers who read streams. This is the main
// program for it; it is built in a copy of the emulator's module.
//
//	standalone API_ADDRESS CONTROL_ADDRESS COMMAND [ARG...]
package main

import (
	"net/http"
	"os"

	"github.com/go-chi/chi/v5"

	"github.com/aws/aws-lambda-runtime-interface-emulator/internal/lambda/rapidcore"
	"github.com/aws/aws-lambda-runtime-interface-emulator/internal/lambda/rapidcore/standalone"
	"github.com/aws/aws-lambda-runtime-interface-emulator/internal/lambda/rapidcore/standalone/telemetry"
	"github.com/aws/aws-lambda-runtime-interface-emulator/internal/lambda/rie"
)

func main() {
	api, control, command := os.Args[1], os.Args[2], os.Args[3:]
	sandbox := rapidcore.NewSandboxBuilder().
		AddShutdownFunc(func() { os.Exit(0) }).
		SetExtensionsFlag(true).
		SetInitCachingFlag(true).
		SetRuntimeAPIAddress(api).
		SetEventsAPI(&telemetry.StandaloneEventsAPI{})
	context, state := sandbox.Create()
	server := sandbox.DefaultInteropServer()
	server.SetSandboxContext(context)
	server.SetInternalStateGetter(state)
	folder, err := os.Getwd()
	if err != nil {
		panic(err)
	}
	bootstrap := rie.NewSimpleBootstrap(command, folder)
	handle := func(path string, call func(http.ResponseWriter, *http.Request)) {
		http.HandleFunc(path, call)
	}
	handle("/init", func(w http.ResponseWriter, r *http.Request) { standalone.InitHandler(w, r, server, bootstrap) })
	handle("/state", func(w http.ResponseWriter, r *http.Request) { standalone.InternalStateHandler(w, r, server) })
	handle("/restore", func(w http.ResponseWriter, r *http.Request) { standalone.RestoreHandler(w, r, server) })
	handle("/reserve", func(w http.ResponseWriter, r *http.Request) { standalone.ReserveHandler(w, r, server) })
	handle("/invoke", func(w http.ResponseWriter, r *http.Request) { standalone.InvokeHandler(w, r, server) })
	// It replies when the invocation is over, and then another one can be reserved.
	handle("/release", func(w http.ResponseWriter, r *http.Request) { standalone.WaitUntilReleaseHandler(w, r, server) })
	// A caller that reads a stream; the handler takes the token from the path by the means of this router.
	direct := chi.NewRouter()
	direct.Post("/direct/{reservationtoken}", func(w http.ResponseWriter, r *http.Request) { standalone.DirectInvokeHandler(w, r, server) })
	http.Handle("/direct/", direct)
	panic(http.ListenAndServe(control, nil))
}
