{{/* Name of the chart in labels. */}}
{{- define "celery-operator.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{/* Base of all names, at most 63 characters. */}}
{{- define "celery-operator.fullname" -}}
{{- $name := include "celery-operator.name" . }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* (list . "suffix"): base name with a suffix that survives truncation, at most 63 characters. */}}
{{- define "celery-operator.suffixed" -}}
{{- $suffix := index . 1 }}
{{- $room := sub 62 (len $suffix) | int }}
{{- printf "%s-%s" (include "celery-operator.fullname" (index . 0) | trunc $room | trimSuffix "-") $suffix }}
{{- end }}

{{/* Names of what the processes look for at run time: rendered into their environment and into the RBAC that allows it. */}}
{{- define "celery-operator.serviceName" -}}{{ include "celery-operator.suffixed" (list . "webhook") }}{{- end }}
{{- define "celery-operator.caSecret" -}}{{ include "celery-operator.suffixed" (list . "webhook-ca") }}{{- end }}
{{- define "celery-operator.leaseName" -}}{{ include "celery-operator.suffixed" (list . "leader") }}{{- end }}
{{- define "celery-operator.brokerRegistry" -}}{{ include "celery-operator.suffixed" (list . "broker-databases") }}{{- end }}
{{- define "celery-operator.validatingConfiguration" -}}{{ include "celery-operator.fullname" . }}{{- end }}
{{- define "celery-operator.mutatingConfiguration" -}}{{ include "celery-operator.fullname" . }}{{- end }}
{{- define "celery-operator.uninstallName" -}}{{ include "celery-operator.suffixed" (list . "uninstall") }}{{- end }}

{{- define "celery-operator.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "celery-operator.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "celery-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "celery-operator.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "celery-operator.labels" -}}
{{ include "celery-operator.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: celery-operator
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "celery-operator.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* Name of the Secret that describes the bundled broker; empty without one. */}}
{{- define "celery-operator.bundledBrokerSecret" -}}
{{- if .Values.broker.enabled }}
{{- default (include "celery-operator.brokerName" .) .Values.broker.existingSecret }}
{{- end }}
{{- end }}

{{/* Name of the bundled broker's objects. The broker chart has the same definition, so that it also stands alone. */}}
{{- define "celery-operator.brokerName" -}}
{{- printf "%s-broker" (.Release.Name | trunc 56 | trimSuffix "-") }}
{{- end }}

{{/* Labels and hook annotation of what runs at uninstall. */}}
{{- define "celery-operator.uninstallHook" }}
  labels:
    {{- include "celery-operator.labels" . | nindent 4 }}
    app.kubernetes.io/component: uninstall
  annotations:
    helm.sh/hook: pre-delete,post-delete
{{- end }}

{{/* Which pods are sent to the mutating webhook. */}}
{{- define "celery-operator.podScope" }}
  rules:
  - apiGroups: [""]
    apiVersions: [v1]
    resources: [pods]
    operations: [CREATE]
    scope: Namespaced
  objectSelector:
    matchExpressions:
    - {key: celeryproject.org/application, operator: Exists}
{{- end }}
