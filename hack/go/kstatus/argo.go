package main

import (
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

const written = "# Written by hack/gitops-test --write from hack/go/kstatus/states.yaml.\n"

// checkArgoCases: each state is a case of Argo CD's health check, in the layout that Argo CD has for its own.
func checkArgoCases(r *results, states []*state, folder string, write bool) error {
	type health struct {
		Status  string `json:"status"`
		Message string `json:"message"`
	}
	type test struct {
		InputPath    string `json:"inputPath"`
		HealthStatus health `json:"healthStatus"`
	}
	var tests []test
	known := map[string]bool{}
	for _, s := range states {
		name := s.Name + ".yaml"
		known[name] = true
		status, message := s.argoHealth()
		tests = append(tests, test{"testdata/" + name, health{status, message}})
		object, err := yaml.Marshal(s.object())
		if err != nil {
			return err
		}
		if err := checkFile(r, filepath.Join(folder, "testdata", name), written+string(object), write); err != nil {
			return err
		}
	}
	text, err := yaml.Marshal(map[string]any{"tests": tests})
	if err != nil {
		return err
	}
	if err := checkFile(r, filepath.Join(folder, "health_test.yaml"), written+string(text), write); err != nil {
		return err
	}
	return checkNoOthers(r, filepath.Join(folder, "testdata"), known, write)
}

// A case whose state has gone would be run no more, and stay.
func checkNoOthers(r *results, folder string, known map[string]bool, write bool) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	var others []string
	for _, entry := range entries {
		if known[entry.Name()] {
			continue
		}
		if write {
			if err := os.Remove(filepath.Join(folder, entry.Name())); err != nil {
				return err
			}
			continue
		}
		others = append(others, entry.Name())
	}
	complaint := ""
	if others != nil {
		complaint = "not in states.yaml: " + strings.Join(others, ", ")
	}
	r.check(folder, complaint)
	return nil
}
