package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// The operator's words, from the source of the operator: a reason that is added there is missed here.
type words struct{ types, reasons, stalled []string }

var wordPattern = regexp.MustCompile(`(?m)^\s+(\w+),$`)

func readWords(path string) (*words, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	source := string(text)
	list := func(name string) []string {
		_, rest, _ := strings.Cut(source, "\n    "+name+" {\n")
		body, _, _ := strings.Cut(rest, "\n    }\n")
		var found []string
		for _, match := range wordPattern.FindAllStringSubmatch(body, -1) {
			found = append(found, match[1])
		}
		return found
	}
	w := &words{types: list("ConditionType"), reasons: list("Reason")}
	_, rest, _ := strings.Cut(source, "fn is_stalled(")
	body, _, _ := strings.Cut(rest, "\n    }\n")
	for _, match := range regexp.MustCompile(`Self::(\w+)`).FindAllStringSubmatch(body, -1) {
		w.stalled = append(w.stalled, match[1])
	}
	// If the source is laid out in another way some day, nothing would be missed any more.
	if !slices.Contains(w.types, "Ready") || !slices.Contains(w.reasons, "Issued") || !slices.Contains(w.stalled, "Expired") {
		return nil, fmt.Errorf("%s: the lists of condition types, reasons and stalled reasons are not where they used to be", path)
	}
	return w, nil
}

// checkWords: every word is used, no other is, and Stalled goes with the reasons that the operator has it for.
func checkWords(r *results, states []*state, w *words) {
	used := map[string]bool{}
	for _, s := range states {
		var wrong []string
		for _, c := range s.conditions {
			used[c.reason] = true
			if !slices.Contains(w.types, c.kind) {
				wrong = append(wrong, "the operator has no condition "+c.kind)
			}
			if !slices.Contains(w.reasons, c.reason) {
				wrong = append(wrong, "the operator has no reason "+c.reason)
			}
		}
		if ready := s.condition("Ready"); ready != nil && ready.status == "False" {
			if is := s.Progress == "Stalled"; is != slices.Contains(w.stalled, ready.reason) {
				wrong = append(wrong, fmt.Sprintf("Stalled is %v here, and the operator has it otherwise", is))
			}
		} else if s.Progress != "" {
			wrong = append(wrong, s.Progress+" goes with Ready=False only")
		}
		r.check("words of "+s.Name, strings.Join(wrong, "; "))
	}
	for _, reason := range w.reasons {
		missing := ""
		if !used[reason] {
			missing = "no state in states.yaml has this reason"
		}
		r.check("reason "+reason, missing)
	}
	for _, reason := range w.stalled {
		missing := "no state in states.yaml has Ready=False with this reason"
		for _, s := range states {
			if ready := s.condition("Ready"); ready != nil && ready.status == "False" && ready.reason == reason {
				missing = ""
			}
		}
		r.check("stalled reason "+reason, missing)
	}
}
