package main

import (
	"fmt"
	"slices"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func compute(object map[string]any) string {
	result, err := status.Compute(&unstructured.Unstructured{Object: object})
	if err != nil {
		return "error: " + err.Error()
	}
	return result.Status.String()
}

// checkStatus: kstatus is the documented one, in whatever order the conditions are; and an edit that nobody has
// looked at makes every state InProgress, so that nobody takes an old answer for a new one.
func checkStatus(r *results, states []*state) {
	for _, s := range states {
		if s.KStatus == "" {
			continue
		}
		backwards := *s
		backwards.conditions = slices.Clone(s.conditions)
		slices.Reverse(backwards.conditions)
		r.check("kstatus of "+s.Name, differs(s.KStatus, compute(s.object())))
		r.check("kstatus of "+s.Name+", conditions reversed", differs(s.KStatus, compute(backwards.object())))

		edited, wanted := *s, "InProgress"
		edited.Generation = s.ObservedGeneration + 1
		if s.Deleting {
			wanted = "Terminating"
		}
		r.check("kstatus of "+s.Name+", edited", differs(wanted, compute(edited.object())))
	}
}

func differs(wanted, got string) string {
	if wanted == got {
		return ""
	}
	return fmt.Sprintf("%s is documented, %s is computed", wanted, got)
}
