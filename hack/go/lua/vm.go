package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	lua "github.com/yuin/gopher-lua"
	luajson "layeh.com/gopher-json"
	"sigs.k8s.io/yaml"
)

// The clock of the tests stands still, so that what an action writes can be compared.
var clock = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

// execute runs a script as Argo CD does one from argocd-cm (argo-cd, util/lua): the basic library, `table` and `package`;
// no `string`; `os` only by require, with only what is harmless in it; one second; the object as `obj`.
func execute(script string, object map[string]any) (any, error) {
	vm := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer vm.Close()
	for _, library := range []struct {
		name string
		open lua.LGFunction
	}{
		{lua.LoadLibName, lua.OpenPackage}, {lua.BaseLibName, lua.OpenBase}, {lua.TabLibName, lua.OpenTable},
	} {
		call := lua.P{Fn: vm.NewFunction(library.open), Protect: true}
		if err := vm.CallByParam(call, lua.LString(library.name)); err != nil {
			return nil, err
		}
	}
	vm.PreloadModule(lua.OsLibName, func(vm *lua.LState) int {
		vm.Push(vm.SetFuncs(vm.NewTable(), map[string]lua.LGFunction{"date": date}))
		return 1
	})
	limit, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	vm.SetContext(limit)
	vm.SetGlobal("obj", toLua(vm, object))
	if err := vm.DoString(script); err != nil {
		return nil, err
	}
	answer := vm.Get(-1)
	if answer.Type() != lua.LTTable {
		return nil, fmt.Errorf("a table is to be returned, not a %s", answer.Type())
	}
	text, err := luajson.Encode(answer)
	if err != nil {
		return nil, err
	}
	var value any
	return value, json.Unmarshal(text, &value)
}

// date is Lua's own os.date at the time of the tests.
func date(vm *lua.LState) int {
	other := lua.NewState()
	defer other.Close()
	call := lua.P{Fn: other.GetField(other.GetGlobal(lua.OsLibName), "date"), NRet: 1, Protect: true}
	if err := other.CallByParam(call, lua.LString(vm.CheckString(1)), lua.LNumber(clock.Unix())); err != nil {
		vm.RaiseError("%s", err)
	}
	vm.Push(other.Get(-1))
	return 1
}

func toLua(vm *lua.LState, value any) lua.LValue {
	switch value := value.(type) {
	case bool:
		return lua.LBool(value)
	case float64:
		return lua.LNumber(value)
	case string:
		return lua.LString(value)
	case []any:
		table := vm.NewTable()
		for _, item := range value {
			table.Append(toLua(vm, item))
		}
		return table
	case map[string]any:
		table := vm.NewTable()
		for key, item := range value {
			table.RawSetString(key, toLua(vm, item))
		}
		return table
	}
	return lua.LNil
}

// restoreEmpty undoes what Lua cannot keep: there, an empty map and an empty list are the same, and come back as a list.
// Argo CD does so too before it makes a patch.
func restoreEmpty(after, before any) any {
	switch before := before.(type) {
	case map[string]any:
		if list, ok := after.([]any); ok && len(list) == 0 {
			return map[string]any{}
		}
		if after, ok := after.(map[string]any); ok {
			for key := range after {
				after[key] = restoreEmpty(after[key], before[key])
			}
		}
	case []any:
		if after, ok := after.([]any); ok {
			for i := range min(len(after), len(before)) {
				after[i] = restoreEmpty(after[i], before[i])
			}
		}
	}
	return after
}

func readYAML(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

func clone(object map[string]any) map[string]any {
	text, err := json.Marshal(object)
	if err != nil {
		panic(err)
	}
	var copied map[string]any
	if err := json.Unmarshal(text, &copied); err != nil {
		panic(err)
	}
	return copied
}

func inYAML(value any) string {
	text, err := yaml.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(bytes.TrimSpace(text))
}

func differs(wanted, got any) string {
	if w, g := inYAML(wanted), inYAML(got); w != g {
		return "wanted\n" + indent(w) + "\ngot\n" + indent(g)
	}
	return ""
}

func indent(text string) string { return "  " + strings.ReplaceAll(text, "\n", "\n  ") }
