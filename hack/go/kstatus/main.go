// kstatus checks what GitOps tools make of the states of an AcmCertificate: hack/gitops-test runs it.
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
	write := flag.Bool("write", false, "write what is made from states.yaml")
	flag.Parse()
	r := &results{start: time.Now()}
	if err := run(r, *root, *write); err != nil {
		fmt.Fprintln(os.Stderr, "kstatus:", err)
		os.Exit(1)
	}
	os.Exit(r.summary())
}

func run(r *results, root string, write bool) error {
	states, err := readStates(filepath.Join(root, "hack/go/kstatus/states.yaml"))
	if err != nil {
		return err
	}
	words, err := readWords(filepath.Join(root, "src/api/reason.rs"))
	if err != nil {
		return err
	}
	checkWords(r, states, words)
	checkStatus(r, states)
	guide := filepath.Join(root, "docs/gitops.md")
	if err := checkTable(r, states, guide, write); err != nil {
		return err
	}
	if err := checkExpressions(r, states, guide); err != nil {
		return err
	}
	return checkArgoCases(r, states, filepath.Join(root, "config/gitops/argocd/resource_customizations/acmcert.io/AcmCertificate"), write)
}
