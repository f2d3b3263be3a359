package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
)

type sample struct {
	Name   string            `json:"name"`
	Type   string            `json:"type"`
	Labels map[string]string `json:"labels"`
	Value  number            `json:"value"`

	family *family
}

// What the page says of the samples that follow.
type family struct {
	name string
	kind model.MetricType
	help *string
}

type page struct {
	families []*family
	samples  []sample
}

func parse(text []byte, contentType string) (*page, error) {
	parser, err := textparse.New(text, contentType, labels.NewSymbolTable(), textparse.ParserOptions{})
	if err != nil {
		return nil, err
	}
	p := &page{}
	seen := map[string]bool{}
	for {
		entry, err := parser.Next()
		if errors.Is(err, io.EOF) {
			return p, nil
		}
		if err != nil {
			return nil, fmt.Errorf("after %d samples: %w", len(p.samples), err)
		}
		switch entry {
		case textparse.EntryType:
			name, kind := parser.Type()
			p.family(string(name)).kind = kind
		case textparse.EntryHelp:
			name, help := parser.Help()
			words := string(help)
			p.family(string(name)).help = &words
		case textparse.EntrySeries:
			var l labels.Labels
			parser.Labels(&l)
			if seen[l.String()] {
				return nil, fmt.Errorf("%s stands there twice", l.String())
			}
			seen[l.String()] = true
			_, _, value := parser.Series()
			if err := p.add(l, value); err != nil {
				return nil, err
			}
		case textparse.EntryHistogram:
			return nil, errors.New("native histograms are not expected in text")
		}
	}
}

func (p *page) family(name string) *family {
	for _, f := range p.families {
		if f.name == name {
			return f
		}
	}
	f := &family{name: name}
	p.families = append(p.families, f)
	return f
}

func (p *page) add(l labels.Labels, value float64) error {
	s := sample{Labels: map[string]string{}, Value: number(value)}
	l.Range(func(label labels.Label) {
		if label.Name == model.MetricNameLabel {
			s.Name = label.Value
		} else {
			s.Labels[label.Name] = label.Value
		}
	})
	for _, f := range p.families {
		if f.has(s.Name) {
			s.family, s.Type = f, string(f.kind)
		}
	}
	if s.Type == "" {
		return fmt.Errorf("%s has no type", s.Name)
	}
	p.samples = append(p.samples, s)
	return nil
}

// Is a sample of that name one of the family?
func (f *family) has(name string) bool {
	rest, is := strings.CutPrefix(name, f.name)
	if !is {
		return false
	}
	switch f.kind {
	case model.MetricTypeCounter:
		return rest == "_total" || rest == "_created"
	case model.MetricTypeHistogram:
		return rest == "_bucket" || rest == "_count" || rest == "_sum" || rest == "_created"
	case model.MetricTypeSummary:
		return rest == "" || rest == "_count" || rest == "_sum" || rest == "_created"
	case model.MetricTypeInfo:
		return rest == "_info"
	default:
		return rest == ""
	}
}
