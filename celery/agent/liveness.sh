# Liveness of one Celery worker; run as: sh /etc/celery/liveness.sh
# Fails only when the broker works, this node stays silent, and it has answered before in this container's life.
# Everything else passes: a broker outage, a slow start or a broken probe is no reason to restart a worker.
# CELERY_OPERATOR_NODE: the part of the node's name before "@". CELERY_OPERATOR_PING_TIMEOUT: the probe's timeoutSeconds.

pass() { echo "celery-operator liveness: pass: $1"; exit 0; }
fail() { echo "celery-operator liveness: fail: $1"; exit 1; }

limit=${CELERY_OPERATOR_PING_TIMEOUT:-15}
case $limit in '' | *[!0-9]*) limit=15 ;; esac
# The verdict must be out before the kubelet gives up, or the probe counts as failed.
[ "$limit" -le 3 ] && limit=$((limit - 1)) || limit=$((limit - 2))
[ "$limit" -ge 1 ] || limit=1
# Time to start Python and to connect comes out of the same limit.
reply=$((limit / 2))
[ "$reply" -le 5 ] || reply=5
[ "$reply" -ge 1 ] || reply=1

host=${HOSTNAME:-}
[ -n "$host" ] || host=$(hostname 2>/dev/null) || host=$(cat /proc/sys/kernel/hostname 2>/dev/null)
node=${CELERY_OPERATOR_NODE:-celery}@$host

# The marker belongs to this start of PID 1, so that a volume that outlives a restart carries no old promise.
# The name of the process may hold spaces and brackets: count fields after the last ")"; starttime is the 20th there.
started=
if read -r stat 2>/dev/null </proc/1/stat; then
  stat=${stat##*) }
  # shellcheck disable=SC2086
  set -- $stat
  [ $# -lt 20 ] || { shift 19; started=$1; }
fi
marker=
if [ -n "$started" ]; then
  for directory in "${TMPDIR:-/tmp}" /tmp /var/tmp /dev/shm; do
    if [ -d "$directory" ] && [ -w "$directory" ]; then
      marker=$directory/celery-operator-answered-${CELERY_OPERATOR_NODE:-celery}-$started
      break
    fi
  done
fi

# The ping must not load the user's application: no -A, and none by the environment.
unset APP CELERY_APP LOADER CELERY_LOADER DJANGO_SETTINGS_MODULE
if [ "${CONFIG_MODULE:-}" = celery_operator_settings ]; then
  directory=$(dirname "${CELERY_OPERATOR_CONFIG:-/etc/celery/config.yaml}")
  PYTHONPATH=${PYTHONPATH:+$PYTHONPATH:}$directory
  export PYTHONPATH
else
  unset CONFIG_MODULE CELERY_CONFIG CELERY_CONFIG_MODULE
  # Without a settings module Celery reads celeryconfig from the working directory, which is the user's code.
  cd / 2>/dev/null || :
fi

command -v celery >/dev/null 2>&1 || pass 'no celery command on PATH, the worker cannot be asked'
bound=
# INT, because a ping killed by TERM or KILL leaves its reply queue behind in the broker.
if command -v timeout >/dev/null 2>&1; then bound="timeout -s INT $limit"; fi
output=$($bound celery inspect ping -d "$node" -t "$reply" 2>&1)
code=$?

if [ "$code" -eq 0 ]; then
  [ -n "$marker" ] || pass 'node answered (no writable directory for the marker, so silence will never fail)'
  [ -e "$marker" ] || (: >"$marker") 2>/dev/null || pass 'node answered (the marker cannot be written, so silence will never fail)'
  pass 'node answered'
fi
case $output in
  *'No nodes replied'*)
    [ -n "$marker" ] || pass 'no reply, but no writable directory tells whether it ever answered'
    [ -e "$marker" ] || pass 'no reply, but it has not answered since its start either'
    fail 'no reply from a node that answered before, while the broker works'
    ;;
esac
case $code in
  124 | 130) pass "no result within ${limit} s, the broker may be frozen" ;;
esac
pass "ping ended with code $code without a verdict, the broker may be away"
