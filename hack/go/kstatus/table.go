package main

import (
	"fmt"
	"os"
	"strings"
)

const (
	tableBegin = "<!-- Written by hack/gitops-test --write from hack/go/kstatus/states.yaml. -->\n"
	tableEnd   = "<!-- The end of what is written. -->\n"
)

func table(states []*state) string {
	var out strings.Builder
	out.WriteString("| state | conditions | kstatus (Flux, Helm 4) | Argo CD |\n| --- | --- | --- | --- |\n")
	for _, s := range states {
		if s.KStatus == "" {
			continue
		}
		health, _ := s.argoHealth()
		fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", s.When, s.inShort(), s.KStatus, health)
	}
	return out.String()
}

// The conditions that decide: those that are only ever True without the word.
func (s *state) inShort() string {
	var parts []string
	for _, kind := range []string{"Ready", "RenewalReady", "Reconciling", "Stalled", "Suspended", "DeletionBlocked"} {
		c := s.condition(kind)
		if c == nil {
			continue
		}
		switch kind {
		case "Ready":
			parts = append(parts, fmt.Sprintf("`%s` %s `%s`", kind, c.status, c.reason))
		case "RenewalReady":
			if ready := s.condition("Ready"); ready.status == "True" && c.reason != "Eligible" {
				parts = append(parts, fmt.Sprintf("`%s` %s `%s`", kind, c.status, c.reason))
			}
		case "DeletionBlocked":
			parts = append(parts, fmt.Sprintf("`%s` `%s`", kind, c.reason))
		default:
			parts = append(parts, fmt.Sprintf("`%s`", kind))
		}
	}
	if s.ObservedGeneration != s.Generation {
		parts = append(parts, "of an earlier generation")
	}
	if s.Ready == "" {
		return "none"
	}
	return strings.Join(parts, ", ")
}

func checkTable(r *results, states []*state, path string, write bool) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(text), tableBegin)
	_, after, ended := strings.Cut(rest, tableEnd)
	if !found || !ended {
		return fmt.Errorf("%s: the two comments around the table of states are not there", path)
	}
	return checkFile(r, path, before+tableBegin+"\n"+table(states)+"\n"+tableEnd+after, write)
}

// checkFile: the file has this content; with write, it gets it.
func checkFile(r *results, path, content string, write bool) error {
	if write {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return err
		}
	}
	complaint := ""
	if text, err := os.ReadFile(path); err != nil {
		complaint = err.Error()
	} else if string(text) != content {
		complaint = "differs from what is made of states.yaml: hack/gitops-test --write writes it"
	}
	r.check(path, complaint)
	return nil
}
