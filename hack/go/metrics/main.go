// check-metrics reads a page of metrics on its standard input as Prometheus does when it scrapes one, and fails if the page
// cannot be parsed or if promtool's linter objects to it. It prints each sample as a line of JSON.
//
//	check-metrics CONTENT_TYPE <page
//
// The parser is that of Prometheus itself, chosen by the content type that the page was served with.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: check-metrics CONTENT_TYPE <page")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "check-metrics:", err)
		os.Exit(1)
	}
}

func run(contentType string, in io.Reader, out io.Writer) error {
	text, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	page, err := parse(text, contentType)
	if err != nil {
		return err
	}
	if err := page.lint(); err != nil {
		return err
	}
	lines := bufio.NewWriter(out)
	encoder := json.NewEncoder(lines)
	for _, sample := range page.samples {
		if err := encoder.Encode(sample); err != nil {
			return err
		}
	}
	return lines.Flush()
}

// A number of JSON has no word for infinity and for "not a number".
type number float64

func (n number) MarshalJSON() ([]byte, error) {
	f := float64(n)
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if math.IsInf(f, 0) || math.IsNaN(f) {
		text = strconv.Quote(text)
	}
	return []byte(text), nil
}
