package main

import (
	"fmt"
	"os"
	"regexp"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/ext"
	"sigs.k8s.io/yaml"
)

// What Flux's Kustomization has in healthCheckExprs.
type expressions struct {
	APIVersion string `json:"apiVersion"`
	Kind       string `json:"kind"`
	InProgress string `json:"inProgress"`
	Failed     string `json:"failed"`
	Current    string `json:"current"`
}

var yamlBlock = regexp.MustCompile("(?s)```yaml\n(.*?)```")

// checkExpressions: the expressions that docs/gitops.md offers for Flux answer as it says they do. Those of the
// Kustomization `certificates` as kstatus, those of `certificates-issued` also Current while any certificate serves.
func checkExpressions(r *results, states []*state, guide string) error {
	text, err := os.ReadFile(guide)
	if err != nil {
		return err
	}
	found := map[string]bool{}
	for _, block := range yamlBlock.FindAllStringSubmatch(string(text), -1) {
		var kustomization struct {
			Metadata struct {
				Name string `json:"name"`
			} `json:"metadata"`
			Spec struct {
				HealthCheckExprs []expressions `json:"healthCheckExprs"`
			} `json:"spec"`
		}
		if err := yaml.Unmarshal([]byte(block[1]), &kustomization); err != nil {
			return fmt.Errorf("%s: %w", guide, err)
		}
		for _, e := range kustomization.Spec.HealthCheckExprs {
			name := kustomization.Metadata.Name
			found[name] = true
			for _, s := range states {
				// Flux's evaluator has no Terminating.
				if s.Deleting {
					continue
				}
				got, err := e.evaluate(s.object())
				if err != nil && s.NoStatus {
					// Flux goes on waiting after an error, until the timeout.
					got, err = "InProgress", nil
				}
				if err != nil {
					got = err.Error()
				}
				r.check(fmt.Sprintf("healthCheckExprs of %s for %s", name, s.Name), differs(s.byExpressions(name), got))
			}
		}
	}
	for _, name := range []string{"certificates", "certificates-issued"} {
		if !found[name] {
			return fmt.Errorf("%s: no healthCheckExprs in a Kustomization %s", guide, name)
		}
	}
	return nil
}

func (s *state) byExpressions(name string) string {
	if s.NoStatus {
		return "InProgress"
	}
	issued := s.condition("Issued")
	if name == "certificates-issued" && s.ObservedGeneration == s.Generation && issued != nil && issued.status == "True" {
		return "Current"
	}
	return s.KStatus
}

// evaluate does as Flux's own evaluator (fluxcd/pkg, runtime/cel), which would need client-go and controller-runtime:
// first the generation, then inProgress, failed, current.
func (e expressions) evaluate(object map[string]any) (string, error) {
	status, _ := object["status"].(map[string]any)
	if status != nil && status["observedGeneration"] != object["metadata"].(map[string]any)["generation"] {
		return "InProgress", nil
	}
	for _, one := range []struct{ expression, means string }{
		{e.InProgress, "InProgress"}, {e.Failed, "Failed"}, {e.Current, "Current"},
	} {
		if one.expression == "" {
			continue
		}
		if holds, err := evaluate(one.expression, object); err != nil {
			return "", err
		} else if holds {
			return one.means, nil
		}
	}
	return "InProgress", nil
}

// Flux's environment; it does not check types either.
func evaluate(expression string, object map[string]any) (bool, error) {
	env, err := cel.NewEnv(
		cel.HomogeneousAggregateLiterals(), cel.EagerlyValidateDeclarations(true), cel.DefaultUTCTimeZone(true),
		cel.CrossTypeNumericComparisons(true), cel.OptionalTypes(), ext.Strings(), ext.Sets(), ext.Encoders(),
	)
	if err != nil {
		return false, err
	}
	parsed, issues := env.Parse(expression)
	if issues != nil {
		return false, issues.Err()
	}
	program, err := env.Program(parsed)
	if err != nil {
		return false, err
	}
	value, _, err := program.Eval(object)
	if err != nil {
		return false, err
	}
	holds, ok := value.Value().(bool)
	if !ok {
		return false, fmt.Errorf("%q is no truth value", expression)
	}
	return holds, nil
}
