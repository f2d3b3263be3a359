package main

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"
)

// A state is a row of states.yaml, where the fields are explained.
type state struct {
	Name               string   `json:"name"`
	When               string   `json:"when"`
	NoStatus           bool     `json:"noStatus"`
	Suspend            bool     `json:"suspend"`
	Deleting           bool     `json:"deleting"`
	Adopts             bool     `json:"adopts"`
	Generation         int64    `json:"generation"`
	ObservedGeneration int64    `json:"observedGeneration"`
	Ready              string   `json:"ready"`
	Progress           string   `json:"progress"`
	Others             []string `json:"others"`
	KStatus            string   `json:"kstatus"`
	Argo               string   `json:"argo"`

	conditions []condition
}

type condition struct{ kind, status, reason, message string }

// Type=Status Reason: message
var conditionPattern = regexp.MustCompile(`^(\w+)=(True|False|Unknown) (\w+): (.+)$`)

func readStates(path string) ([]*state, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file struct {
		// Only there to be referred to.
		Conditions []string `json:"conditions"`
		States     []*state `json:"states"`
	}
	if err := yaml.UnmarshalStrict(text, &file); err != nil {
		return nil, err
	}
	for _, s := range file.States {
		if err := s.complete(); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
	}
	return file.States, nil
}

func (s *state) complete() error {
	if s.Generation == 0 {
		s.Generation = 1
	}
	if s.ObservedGeneration == 0 {
		s.ObservedGeneration = 1
	}
	lines := slices.Clone(s.Others)
	if s.Ready != "" {
		lines = append([]string{"Ready=" + s.Ready}, lines...)
	}
	if s.Progress != "" {
		_, why, _ := strings.Cut(s.Ready, " ")
		lines = append(lines, s.Progress+"=True "+why)
	}
	for _, line := range lines {
		part := conditionPattern.FindStringSubmatch(line)
		if part == nil {
			return fmt.Errorf("not a condition: %q", line)
		}
		s.conditions = append(s.conditions, condition{part[1], part[2], part[3], part[4]})
	}
	return nil
}

func (s *state) condition(kind string) *condition {
	for i := range s.conditions {
		if s.conditions[i].kind == kind {
			return &s.conditions[i]
		}
	}
	return nil
}

// The object as the API server would give it, without what no tool looks at.
func (s *state) object() map[string]any {
	metadata := map[string]any{"name": "shop", "namespace": "default", "generation": s.Generation}
	if s.Deleting {
		metadata["deletionTimestamp"] = "2026-03-04T05:06:07Z"
		metadata["finalizers"] = []any{"acmcert.io/finalizer"}
	}
	spec := map[string]any{"domainName": "shop.example.com"}
	if s.Suspend {
		spec["suspend"] = true
	}
	if s.Adopts {
		spec["certificateArn"] = "arn:aws:acm:eu-west-1:123456789012:certificate/11111111-2222-4333-8444-555555555555"
	}
	object := map[string]any{"apiVersion": "acmcert.io/v1alpha1", "kind": "AcmCertificate", "metadata": metadata, "spec": spec}
	if s.NoStatus {
		return object
	}
	status := map[string]any{"observedGeneration": s.ObservedGeneration}
	var conditions []any
	for _, c := range s.conditions {
		conditions = append(conditions, map[string]any{
			"type": c.kind, "status": c.status, "reason": c.reason, "message": c.message,
			"observedGeneration": s.ObservedGeneration, "lastTransitionTime": "2026-03-04T05:06:07Z",
		})
	}
	if conditions != nil {
		status["conditions"] = conditions
	}
	object["status"] = status
	return object
}

// Health and message that Argo CD's check is to give.
func (s *state) argoHealth() (health, message string) {
	health, message, _ = strings.Cut(s.Argo, ": ")
	if ready := s.condition("Ready"); message == "" && ready != nil {
		message = ready.reason + ": " + ready.message
	}
	return health, message
}
