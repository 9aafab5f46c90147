# Liveness of celery beat by a file; run as: sh /etc/celery/beat-liveness.sh
# Fails only when a file that beat wrote since this container's start has gone stale. Everything else passes.
# CELERY_OPERATOR_BEAT_TICK: file that holds when the next sign of the loop is due, in seconds since boot. Or
# CELERY_OPERATOR_BEAT_SCHEDULE: the schedule database, which the loop rewrites at least so often.
# CELERY_OPERATOR_BEAT_MAX_AGE: seconds that a sign may be overdue, or that the schedule may be old.

pass() { echo "celery-operator liveness: pass: $1"; exit 0; }
fail() { echo "celery-operator liveness: fail: $1"; exit 1; }

limit=${CELERY_OPERATOR_BEAT_MAX_AGE:-}
case $limit in '' | *[!0-9]*) pass 'CELERY_OPERATOR_BEAT_MAX_AGE is no number' ;; esac

# Seconds since boot: now, and when PID 1 started. The clock of a volume's files may be another life's.
now=
read -r now _ 2>/dev/null </proc/uptime
now=${now%%.*}
started=
if read -r stat 2>/dev/null </proc/1/stat; then
  # The name of the process may hold spaces and brackets: count fields after the last ")"; starttime is the 20th there.
  stat=${stat##*) }
  # shellcheck disable=SC2086
  set -- $stat
  [ $# -lt 20 ] || { shift 19; started=$1; }
fi
case $now in '' | *[!0-9]*) pass 'the time since boot is not known' ;; esac
case $started in '' | *[!0-9]*) pass 'the start of beat is not known' ;; esac
hertz=$(getconf CLK_TCK 2>/dev/null) || hertz=100
case $hertz in '' | 0 | *[!0-9]*) hertz=100 ;; esac
started=$((started / hertz))

if [ -n "${CELERY_OPERATOR_BEAT_TICK:-}" ]; then
  due=
  read -r due 2>/dev/null <"$CELERY_OPERATOR_BEAT_TICK"
  case $due in '' | *[!0-9]*) pass 'beat has given no sign of its loop' ;; esac
  [ "$due" -ge "$started" ] || pass 'beat has given no sign of its loop since its start'
  late=$((now - due))
  [ "$late" -le "$limit" ] || fail "the loop is overdue by ${late} s, more than ${limit} s"
  [ "$late" -le 0 ] || pass "the loop is overdue by ${late} s of ${limit} s"
  pass "the loop comes next in $((-late)) s"
fi

# Each kind of dbm writes other names: the name alone, .db, or .dat, .dir and .bak.
newest=
for file in "$CELERY_OPERATOR_BEAT_SCHEDULE" "$CELERY_OPERATOR_BEAT_SCHEDULE".db "$CELERY_OPERATOR_BEAT_SCHEDULE".dat "$CELERY_OPERATOR_BEAT_SCHEDULE".dir; do
  changed=$(stat -c %Y "$file" 2>/dev/null) || continue
  [ -n "$newest" ] && [ "$newest" -ge "$changed" ] || newest=$changed
done
[ -n "$newest" ] || pass 'there is no schedule database'
age=$(($(date +%s) - newest))
[ "$age" -lt $((now - started)) ] || pass 'beat has not written its schedule since its start'
[ "$age" -le "$limit" ] || fail "the schedule was last written ${age} s ago, more than ${limit} s"
pass "the schedule was written ${age} s ago"
