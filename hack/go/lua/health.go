package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

type healthTest struct {
	InputPath    string         `json:"inputPath"`
	HealthStatus map[string]any `json:"healthStatus"`
}

// checkHealth runs health_test.yaml, and what has to hold for each of its objects besides.
func checkHealth(r *results, folder string) error {
	script, err := os.ReadFile(filepath.Join(folder, "health.lua"))
	if err != nil {
		return err
	}
	var file struct {
		Tests []healthTest `json:"tests"`
	}
	if err := readYAML(filepath.Join(folder, "health_test.yaml"), &file); err != nil {
		return err
	}
	health := func(object map[string]any) any {
		answer, err := execute(string(script), object)
		if err != nil {
			return "error: " + err.Error()
		}
		return answer
	}
	for _, test := range file.Tests {
		var object map[string]any
		if err := readYAML(filepath.Join(folder, test.InputPath), &object); err != nil {
			return err
		}
		name := "health of " + test.InputPath
		r.check(name, differs(test.HealthStatus, health(object)))
		for turn := range len(conditions(object)) {
			r.check(fmt.Sprintf("%s, conditions in order %d", name, turn), differs(test.HealthStatus, health(turned(object, turn))))
		}
		r.check(name+", edited", isProgressing(health(edited(object))))
		r.check(name+", conditions of an earlier generation", isProgressing(health(aged(object))))
		r.check(name+", with a field missing", survives(object, health))
	}
	return nil
}

func conditions(object map[string]any) []any {
	status, _ := object["status"].(map[string]any)
	list, _ := status["conditions"].([]any)
	return list
}

// turned has the conditions backwards, and begins with another one each time.
func turned(object map[string]any, turn int) map[string]any {
	object = clone(object)
	list := conditions(object)
	slices.Reverse(list)
	object["status"].(map[string]any)["conditions"] = slices.Concat(list[turn:], list[:turn])
	return object
}

// edited has a generation that the operator has not looked at.
func edited(object map[string]any) map[string]any {
	object = clone(object)
	object["metadata"].(map[string]any)["generation"] = 1000.0
	return object
}

// aged has only conditions that nobody has renewed for the generation that the status is of.
func aged(object map[string]any) map[string]any {
	object = clone(object)
	for _, condition := range conditions(object) {
		condition.(map[string]any)["observedGeneration"] = 0.0
	}
	return object
}

func isProgressing(answer any) string {
	if health, ok := answer.(map[string]any); ok && health["status"] == "Progressing" {
		return ""
	}
	return fmt.Sprintf("not Progressing: %v", answer)
}

// survives: whatever single field is missing, the script answers one of Argo CD's words and a message.
func survives(object map[string]any, health func(map[string]any) any) string {
	complaint := ""
	without(object, func(path string) {
		answer, _ := health(object).(map[string]any)
		word, _ := answer["status"].(string)
		_, hasMessage := answer["message"].(string)
		if !slices.Contains([]string{"Healthy", "Progressing", "Degraded", "Suspended"}, word) || !hasMessage {
			complaint = fmt.Sprintf("without %s: %v", path, health(object))
		}
	})
	return complaint
}

// without calls try with each field removed in turn, at every depth.
func without(value any, try func(path string)) {
	switch value := value.(type) {
	case map[string]any:
		for key, field := range value {
			delete(value, key)
			try(key)
			value[key] = field
			without(field, func(path string) { try(key + "." + path) })
		}
	case []any:
		for i, item := range value {
			without(item, func(path string) { try(fmt.Sprintf("%d.%s", i, path)) })
		}
	}
}
