package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/model"
)

// What promtool objects to. NB: its own parser knows nothing of OpenMetrics, so it is given what was parsed, under the
// names that Prometheus stores.
func (p *page) lint() error {
	var families []*dto.MetricFamily
	for _, f := range p.families {
		families = append(families, p.asProtobuf(f))
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	for _, problem := range problems {
		err = errors.Join(err, fmt.Errorf("%s: %s", problem.Metric, problem.Text))
	}
	return err
}

func (p *page) asProtobuf(f *family) *dto.MetricFamily {
	name, kind := f.name, dto.MetricType_UNTYPED
	switch f.kind {
	case model.MetricTypeCounter:
		name, kind = f.name+"_total", dto.MetricType_COUNTER
	case model.MetricTypeGauge:
		kind = dto.MetricType_GAUGE
	case model.MetricTypeHistogram:
		kind = dto.MetricType_HISTOGRAM
	case model.MetricTypeSummary:
		kind = dto.MetricType_SUMMARY
	case model.MetricTypeInfo:
		name, kind = f.name+"_info", dto.MetricType_GAUGE
	}
	family := &dto.MetricFamily{Name: &name, Type: &kind, Help: f.help}
	seen := map[string]bool{}
	for _, s := range p.samples {
		if s.family != f {
			continue
		}
		key := ""
		var pairs []*dto.LabelPair
		for _, label := range slices.Sorted(maps.Keys(s.Labels)) {
			// The buckets of a histogram and the quantiles of a summary are one metric.
			isPart := label == "le" && kind == dto.MetricType_HISTOGRAM || label == "quantile" && kind == dto.MetricType_SUMMARY
			if !isPart {
				value := s.Labels[label]
				key += fmt.Sprintf("%q=%q,", label, value)
				pairs = append(pairs, &dto.LabelPair{Name: &label, Value: &value})
			}
		}
		if !seen[key] {
			seen[key] = true
			family.Metric = append(family.Metric, &dto.Metric{Label: pairs})
		}
	}
	return family
}
