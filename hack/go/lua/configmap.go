package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

const configMapHead = `# Written by hack/gitops-test --write from resource_customizations. A patch of Argo CD's own ConfigMap:
#
#     kubectl patch configmap argocd-cm -n argocd --patch-file argocd-cm.yaml
apiVersion: v1
kind: ConfigMap
metadata:
  name: argocd-cm
data:
`

// checkConfigMap: argocd-cm.yaml has the scripts, each as it stands in its file.
func checkConfigMap(r *results, folder, path string, write bool) error {
	names, err := actionNames(filepath.Join(folder, "actions"))
	if err != nil {
		return err
	}
	scripts := map[string]string{"health.lua": "", "actions/discovery.lua": ""}
	for _, name := range names {
		scripts["actions/"+name+"/action.lua"] = ""
	}
	for name := range scripts {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return err
		}
		scripts[name] = string(text)
	}

	var out strings.Builder
	block := func(depth int, key, text string) {
		fmt.Fprintf(&out, "%s%s: |\n", strings.Repeat("  ", depth), key)
		for _, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
			if line != "" {
				line = strings.Repeat("  ", depth+1) + line
			}
			out.WriteString(line + "\n")
		}
	}
	out.WriteString(configMapHead)
	block(1, "resource.customizations.health.acmcert.io_AcmCertificate", scripts["health.lua"])
	out.WriteString("  resource.customizations.actions.acmcert.io_AcmCertificate: |\n")
	block(2, "discovery.lua", scripts["actions/discovery.lua"])
	out.WriteString("    definitions:\n")
	for _, name := range names {
		out.WriteString("    - name: " + name + "\n")
		block(3, "action.lua", scripts["actions/"+name+"/action.lua"])
	}

	if write {
		if err := os.WriteFile(path, []byte(out.String()), 0o644); err != nil {
			return err
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	complaint := ""
	if string(text) != out.String() {
		complaint = "differs from resource_customizations: hack/gitops-test --write writes it"
	}
	r.check(path, complaint)
	r.check(path+", as Argo CD reads it", readsBack(text, scripts))
	return nil
}

// readsBack: YAML in YAML, so it is read again as Argo CD reads it.
func readsBack(text []byte, scripts map[string]string) string {
	var configMap struct {
		Data map[string]string `json:"data"`
	}
	if err := yaml.Unmarshal(text, &configMap); err != nil {
		return err.Error()
	}
	var actions struct {
		Discovery   string `json:"discovery.lua"`
		Definitions []struct {
			Name   string `json:"name"`
			Action string `json:"action.lua"`
		} `json:"definitions"`
	}
	text = []byte(configMap.Data["resource.customizations.actions.acmcert.io_AcmCertificate"])
	if err := yaml.UnmarshalStrict(text, &actions); err != nil {
		return err.Error()
	}
	read := map[string]string{
		"health.lua":            configMap.Data["resource.customizations.health.acmcert.io_AcmCertificate"],
		"actions/discovery.lua": actions.Discovery,
	}
	for _, definition := range actions.Definitions {
		read["actions/"+definition.Name+"/action.lua"] = definition.Action
	}
	return differs(scripts, read)
}
