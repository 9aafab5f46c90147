{{/* Same as in the parent chart, so that both agree on the name and this chart also renders alone. */}}
{{- define "celery-operator.brokerName" -}}
{{- printf "%s-broker" (.Release.Name | trunc 56 | trimSuffix "-") }}
{{- end }}

{{- define "broker.secretName" -}}
{{- default (include "celery-operator.brokerName" .) .Values.existingSecret }}
{{- end }}

{{- define "broker.selectorLabels" -}}
app.kubernetes.io/name: celery-operator-broker
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "broker.labels" -}}
{{ include "broker.selectorLabels" . }}
app.kubernetes.io/component: broker
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: celery-operator
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}
