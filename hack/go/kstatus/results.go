package main

import (
	"fmt"
	"time"
)

// Counts checks, and tells of those that fail.
type results struct {
	start          time.Time
	passed, failed int
}

// check counts one; an empty complaint is a pass.
func (r *results) check(name, complaint string) {
	if complaint == "" {
		r.passed++
		return
	}
	r.failed++
	fmt.Printf("FAILED %s: %s\n", name, complaint)
}

// summary prints the last line as pytest does, for hack/test adds such lines up. The exit code.
func (r *results) summary() int {
	took := time.Since(r.start).Seconds()
	if r.failed > 0 || r.passed == 0 {
		fmt.Printf("%d failed, %d passed in %.2fs\n", r.failed, r.passed, took)
		return 1
	}
	fmt.Printf("%d passed in %.2fs\n", r.passed, took)
	return 0
}
