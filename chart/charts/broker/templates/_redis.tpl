{{/* Containers and volumes of Redis. */}}
{{- define "broker.redis" -}}
containers:
- name: redis
  image: {{ include "broker.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  # The password reaches the server through a file in memory, never through an argument that everyone on the node can read.
  command:
  - sh
  - -ec
  - |
    umask 077
    escaped=$(printf %s "$REDISCLI_AUTH" | sed 's/[\\"]/\\&/g')
    printf 'requirepass "%s"\n' "$escaped" > /run/redis/password.conf
    exec redis-server /etc/redis/redis.conf
  env:
  # Named so that redis-cli in the probes, and in `kubectl exec`, finds it by itself.
  - name: REDISCLI_AUTH
    valueFrom:
      secretKeyRef:
        name: {{ include "broker.secretName" . }}
        key: password
  ports:
  - {name: redis, containerPort: 6379, protocol: TCP}
  startupProbe:
    exec: {command: [sh, -c, "redis-cli ping | grep -q -e PONG -e LOADING"]}
    periodSeconds: 2
    timeoutSeconds: 5
    failureThreshold: 60
  # Busy is not dead: only a server that gives no answer at all for a minute and a half is restarted.
  livenessProbe:
    exec: {command: [sh, -c, "redis-cli ping | grep -q -e PONG -e LOADING -e BUSY -e MISCONF"]}
    periodSeconds: 15
    timeoutSeconds: 10
    failureThreshold: 6
  readinessProbe:
    exec: {command: [sh, -c, "redis-cli ping | grep -q PONG"]}
    periodSeconds: 5
    timeoutSeconds: 5
  resources:
    {{- toYaml .Values.resources | nindent 4 }}
  {{- with .Values.securityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  volumeMounts:
  - {name: config, mountPath: /etc/redis, readOnly: true}
  - {name: run, mountPath: /run/redis}
  - {name: data, mountPath: /data}
volumes:
- name: config
  configMap: {name: {{ include "celery-operator.brokerName" . }}}
- name: run
  emptyDir: {medium: Memory, sizeLimit: 1Mi}
{{- include "broker.dataVolume" . | nindent 0 }}
{{- end }}
