// lua runs the scripts for Argo CD, and their tests, in the Lua machine that Argo CD has: hack/gitops-test runs it.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

func main() {
	root := flag.String("root", ".", "the repository's folder")
	write := flag.Bool("write", false, "write argocd-cm.yaml")
	flag.Parse()
	r := &results{start: time.Now()}
	if err := run(r, filepath.Join(*root, "config/gitops/argocd"), *write); err != nil {
		fmt.Fprintln(os.Stderr, "lua:", err)
		os.Exit(1)
	}
	os.Exit(r.summary())
}

func run(r *results, folder string, write bool) error {
	scripts := filepath.Join(folder, "resource_customizations/acmcert.io/AcmCertificate")
	if err := checkHealth(r, scripts); err != nil {
		return err
	}
	if err := checkActions(r, scripts); err != nil {
		return err
	}
	return checkConfigMap(r, scripts, filepath.Join(folder, "argocd-cm.yaml"), write)
}
