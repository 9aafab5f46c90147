{{/* Containers and volumes of RabbitMQ. */}}
{{- define "broker.rabbitmq" -}}
containers:
- name: rabbitmq
  image: {{ include "broker.image" . }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  # User and password reach the server through a file in memory, which it reads at every start: a changed Secret counts after a restart,
  # also where the data is kept. The number of open files is bounded because Erlang reserves memory for each that may be opened.
  command:
  - sh
  - -ec
  - |
    umask 077
    json() { printf %s "$1" | sed 's/[\\"]/\\&/g'; }
    user=$(json "$BROKER_USERNAME")
    password=$(json "$BROKER_PASSWORD")
    all='"configure": ".*", "write": ".*", "read": ".*"'
    printf '{"users": [{"name": "%s", "password": "%s", "tags": "administrator"}], "vhosts": [{"name": "/"}], "permissions": [{"user": "%s", "vhost": "/", %s}]}\n' \
      "$user" "$password" "$user" "$all" > /run/rabbitmq/definitions.json
    mkdir -p /run/rabbitmq/conf.d
    printf 'total_memory_available_override_value = %s\n' "$MEMORY_LIMIT" > /run/rabbitmq/conf.d/20-memory.conf
    unset BROKER_PASSWORD
    if [ "$(ulimit -n)" = unlimited ] || [ "$(ulimit -n)" -gt 65536 ]; then ulimit -n 65536; fi
    exec rabbitmq-server
  env:
  - name: BROKER_USERNAME
    valueFrom:
      secretKeyRef:
        name: {{ include "broker.secretName" . }}
        key: username
  - name: BROKER_PASSWORD
    valueFrom:
      secretKeyRef:
        name: {{ include "broker.secretName" . }}
        key: password
  - name: MEMORY_LIMIT
    valueFrom: {resourceFieldRef: {containerName: rabbitmq, resource: limits.memory}}
  # Holds the Erlang cookie, which must be readable by its owner alone: not on the data volume, whose modes fsGroup changes.
  - {name: HOME, value: /run/rabbitmq}
  # One node that clusters with nobody: its name and its Erlang ports stay inside the pod.
  - {name: RABBITMQ_NODENAME, value: rabbit@localhost}
  - {name: ERL_EPMD_ADDRESS, value: 127.0.0.1}
  - name: RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS
    # +sbwt none: idle schedulers sleep instead of spinning.
    value: +sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}
  - {name: RABBITMQ_MNESIA_BASE, value: /var/lib/rabbitmq/mnesia}
  - {name: RABBITMQ_LOGS, value: "-"}
  # For the log of feature upgrades, which has to be a file.
  - {name: RABBITMQ_LOG_BASE, value: /tmp}
  - {name: RABBITMQ_CONFIG_FILE, value: /etc/rabbitmq/rabbitmq}
  - {name: RABBITMQ_CONFIG_FILES, value: /run/rabbitmq/conf.d}
  - {name: RABBITMQ_ENABLED_PLUGINS_FILE, value: /etc/rabbitmq/enabled_plugins}
  ports:
  - {name: amqp, containerPort: 5672, protocol: TCP}
  - {name: management, containerPort: 15672, protocol: TCP}
  # Both listen only once the server has started. A connection costs nothing; rabbitmq-diagnostics starts an Erlang of its own, half a second of CPU.
  startupProbe:
    tcpSocket: {port: amqp}
    periodSeconds: 2
    timeoutSeconds: 5
    failureThreshold: 150
  livenessProbe:
    exec: {command: [rabbitmq-diagnostics, -q, ping]}
    periodSeconds: 60
    timeoutSeconds: 30
    failureThreshold: 3
  readinessProbe:
    tcpSocket: {port: amqp}
    periodSeconds: 5
    timeoutSeconds: 5
  resources:
    {{- toYaml .Values.resources | nindent 4 }}
  {{- with .Values.securityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  volumeMounts:
  - {name: config, mountPath: /etc/rabbitmq, readOnly: true}
  - {name: run, mountPath: /run/rabbitmq}
  - {name: data, mountPath: /var/lib/rabbitmq}
  - {name: tmp, mountPath: /tmp}
volumes:
- name: config
  configMap: {name: {{ include "celery-operator.brokerName" . }}}
- name: run
  emptyDir: {medium: Memory, sizeLimit: 1Mi}
- name: tmp
  emptyDir: {}
{{- include "broker.dataVolume" . | nindent 0 }}
{{- end }}
