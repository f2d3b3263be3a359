package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

type discoveryTest struct {
	InputPath string           `json:"inputPath"`
	Result    []map[string]any `json:"result"`
}

type actionTest struct {
	Action             string `json:"action"`
	InputPath          string `json:"inputPath"`
	ExpectedOutputPath string `json:"expectedOutputPath"`
}

// checkActions runs action_test.yaml.
func checkActions(r *results, folder string) error {
	folder = filepath.Join(folder, "actions")
	var file struct {
		DiscoveryTests []discoveryTest `json:"discoveryTests"`
		ActionTests    []actionTest    `json:"actionTests"`
	}
	if err := readYAML(filepath.Join(folder, "action_test.yaml"), &file); err != nil {
		return err
	}
	for _, test := range file.DiscoveryTests {
		if err := checkDiscovery(r, folder, test); err != nil {
			return err
		}
	}
	names, err := actionNames(folder)
	if err != nil {
		return err
	}
	for _, name := range names {
		tested := slices.ContainsFunc(file.ActionTests, func(test actionTest) bool { return test.Action == name })
		complaint := ""
		if !tested {
			complaint = "action_test.yaml has no test of it"
		}
		r.check("action "+name, complaint)
	}
	for _, test := range file.ActionTests {
		if err := checkAction(r, folder, test); err != nil {
			return err
		}
	}
	return nil
}

// The actions are the folders that have a script.
func actionNames(folder string) ([]string, error) {
	scripts, err := filepath.Glob(filepath.Join(folder, "*", "action.lua"))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, script := range scripts {
		names = append(names, filepath.Base(filepath.Dir(script)))
	}
	return names, nil
}

// checkDiscovery: exactly the actions of the test, each of which exists. Argo CD's own test lets the script offer fewer.
func checkDiscovery(r *results, folder string, test discoveryTest) error {
	script, err := os.ReadFile(filepath.Join(folder, "discovery.lua"))
	if err != nil {
		return err
	}
	var object map[string]any
	if err := readYAML(filepath.Join(folder, test.InputPath), &object); err != nil {
		return err
	}
	wanted := map[string]any{}
	for _, result := range test.Result {
		wanted[fmt.Sprint(result["name"])] = map[string]any{"disabled": result["disabled"]}
	}
	name := "actions for " + test.InputPath
	offered, err := execute(string(script), object)
	if err != nil {
		r.check(name, err.Error())
		return nil
	}
	r.check(name, differs(wanted, offered))
	names, err := actionNames(folder)
	if err != nil {
		return err
	}
	var keys []string
	for key := range wanted {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	r.check(name+", all of them", differs(names, keys))

	complaint := ""
	without(object, func(path string) {
		if _, err := execute(string(script), object); err != nil {
			complaint = "without " + path + ": " + err.Error()
		}
	})
	r.check(name+", with a field missing", complaint)
	return nil
}

func checkAction(r *results, folder string, test actionTest) error {
	script, err := os.ReadFile(filepath.Join(folder, test.Action, "action.lua"))
	if err != nil {
		return err
	}
	var object, expected map[string]any
	if err := readYAML(filepath.Join(folder, test.InputPath), &object); err != nil {
		return err
	}
	if err := readYAML(filepath.Join(folder, test.ExpectedOutputPath), &expected); err != nil {
		return err
	}
	name := "action " + test.Action + " on " + test.InputPath
	changed, err := execute(string(script), object)
	if err != nil {
		r.check(name, err.Error())
		return nil
	}
	r.check(name, differs(expected, restoreEmpty(changed, object)))
	return nil
}
