{{- define "acmcert-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Name of every object. A release that is called like the chart gives objects that are called like the chart. */}}
{{- define "acmcert-operator.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "acmcert-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "acmcert-operator.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* Never changes for a release: the selector of a Deployment is immutable. */}}
{{- define "acmcert-operator.selectorLabels" -}}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/name: {{ include "acmcert-operator.name" . | quote }}
{{- end }}

{{- define "acmcert-operator.labels" -}}
{{- $labels := include "acmcert-operator.selectorLabels" . | fromYaml }}
{{- $_ := set $labels "app.kubernetes.io/version" .Chart.AppVersion }}
{{- $_ := set $labels "app.kubernetes.io/managed-by" .Release.Service }}
{{- $_ := set $labels "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-") }}
{{- mergeOverwrite (dict) .Values.commonLabels $labels | toYaml }}
{{- end }}

{{/* Without the chart's version: a new chart with the same pods does not restart them. */}}
{{- define "acmcert-operator.podLabels" -}}
{{- $labels := include "acmcert-operator.selectorLabels" . | fromYaml }}
{{- $_ := set $labels "app.kubernetes.io/version" .Chart.AppVersion }}
{{- mergeOverwrite (dict) .Values.commonLabels .Values.podLabels $labels | toYaml }}
{{- end }}

{{- define "acmcert-operator.image" -}}
{{- $registry := default .Values.image.registry .Values.global.imageRegistry }}
{{- $repository := ternary .Values.image.repository (printf "%s/%s" $registry .Values.image.repository) (empty $registry) }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" $repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* A value as it is typed on a command line: Helm reads whole numbers as 16.0, and prints large ones as 1e+06. */}}
{{- define "acmcert-operator.argument" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) }}
{{- int64 . }}
{{- else if kindIs "slice" . }}
{{- join "," . }}
{{- else }}
{{- . }}
{{- end }}
{{- end }}

{{/* Arguments of the operator, one a line. */}}
{{- define "acmcert-operator.args" -}}
- run
{{- with .Values.aws.region }}
- {{ printf "--region=%s" . | quote }}
{{- end }}
{{- with .Values.aws.clusterName }}
- {{ printf "--cluster-name=%s" . | quote }}
{{- end }}
{{- with .Values.aws.expectedAccountId }}
- {{ printf "--expected-account=%s" . | quote }}
{{- end }}
{{- with .Values.aws.deletionPolicy }}
- {{ printf "--deletion-policy=%s" . | quote }}
{{- end }}
{{- range .Values.watchNamespaces }}
- {{ printf "--namespace=%s" . | quote }}
{{- end }}
{{- if .Values.leaderElection.enabled }}
- {{ printf "--lease-name=%s" (include "acmcert-operator.fullname" .) | quote }}
{{- with .Values.leaderElection.leaseDuration }}
- {{ printf "--lease-duration=%s" . | quote }}
{{- end }}
{{- else }}
- --leader-elect=false
{{- end }}
{{- range $name, $value := .Values.settings }}
{{- if kindIs "map" $value }}
{{- range $key, $number := $value }}
- {{ printf "--%s=%s=%s" (kebabcase $name) $key (include "acmcert-operator.argument" $number) | quote }}
{{- end }}
{{- else if not (or (eq (toString $value) "") (eq (toString $value) "[]")) }}
- {{ printf "--%s=%s" (kebabcase $name) (include "acmcert-operator.argument" $value) | quote }}
{{- end }}
{{- end }}
{{- range .Values.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end }}

{{/* What the operator does with AcmCertificates and their Events, in all namespaces or in each that it watches. */}}
{{- define "acmcert-operator.rules" -}}
- apiGroups: [acmcert.io]
  resources: [acmcertificates]
  verbs: [get, list, watch, patch]
- apiGroups: [acmcert.io]
  resources: [acmcertificates/status]
  verbs: [update]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create]
{{- end }}
