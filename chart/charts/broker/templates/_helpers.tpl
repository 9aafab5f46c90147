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
app.kubernetes.io/version: {{ include "broker.version" . | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: celery-operator
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "broker.image" -}}
{{- $repository := default (printf "docker.io/library/%s" .Values.type) .Values.image.repository }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" $repository (default (include "broker.version" .) .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* The port that Celery talks to. */}}
{{- define "broker.port" -}}
{{- get (dict "redis" "6379" "rabbitmq" "5672") .Values.type }}
{{- end }}

{{/* The volume that outlives a pod where there is a claim. */}}
{{- define "broker.dataVolume" -}}
- name: data
  {{- if .Values.persistence.existingClaim }}
  persistentVolumeClaim: {claimName: {{ .Values.persistence.existingClaim }}}
  {{- else if .Values.persistence.enabled }}
  persistentVolumeClaim: {claimName: {{ include "celery-operator.brokerName" . }}}
  {{- else }}
  emptyDir: {}
  {{- end }}
{{- end }}

{{- define "broker.version" -}}
{{- get (dict "redis" "7" "rabbitmq" "3") .Values.type }}
{{- end }}
