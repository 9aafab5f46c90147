"""Celery beat under the operator: cron strings become crontab objects, and the loop leaves a sign of life.

`celery beat -S celery_operator_beat:scheduler` builds the scheduler that the application asks for (its own setting
beat_scheduler, or CELERY_OPERATOR_BEAT_SCHEDULER over it), whichever way the application reads its settings.
With CELERY_OPERATOR_BEAT_TICK the time at which its next sign is due is kept in that file, in seconds since boot.
Nothing in here may stop beat: what fails is one line on standard error. Python 3.8+, Celery 5.3 to 5.7.
"""

import os

_MONTHS = ('jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec')


def _say(what, error):
    import sys

    try:
        sys.stderr.write('celery-operator: %s: %s\n' % (what, type(error).__name__))
    except Exception:
        pass


def _cron_text(entry):
    schedule = entry.get('schedule') if isinstance(entry, dict) else None
    if isinstance(schedule, dict) and set(schedule) == {'crontab'}:
        schedule = schedule['crontab']
    return schedule if isinstance(schedule, str) else None


def _crontab(text):
    import re

    from celery.schedules import crontab

    minute, hour, day_of_month, month_of_year, day_of_week = text.split()
    # Names of months are new in Celery 5.6; numbers work in every version.
    month_of_year = re.sub(
        '[A-Za-z]+', lambda name: str(_MONTHS.index(name.group()[:3].lower()) + 1), month_of_year
    )
    return crontab(
        minute=minute, hour=hour, day_of_month=day_of_month, month_of_year=month_of_year, day_of_week=day_of_week
    )


def with_crontabs(entries):
    """A beat_schedule whose cron strings are crontab objects; the same object where there are none.

    An entry that cannot be read is left out: Celery would end over it, and no other entry would run.
    """
    if not isinstance(entries, dict) or all(_cron_text(entry) is None for entry in entries.values()):
        return entries
    result = {}
    for name, entry in entries.items():
        text = _cron_text(entry)
        try:
            result[name] = entry if text is None else dict(entry, schedule=_crontab(text))
        except Exception as error:
            _say('beat_schedule entry %r left out, its cron string cannot be read' % (name,), error)
    return result


def scheduler(app, **options):
    """What `celery beat` calls in place of a scheduler class; returns an instance of the real one."""
    try:
        entries = app.conf.beat_schedule
        converted = with_crontabs(entries)
        if converted is not entries:
            app.conf.beat_schedule = converted
    except Exception as error:
        _say('cron strings of beat_schedule not read', error)
    instance = _scheduler_class(app)(app=app, **options)
    path = os.environ.get('CELERY_OPERATOR_BEAT_TICK')
    # Beat makes a lazy one first, only to print its name.
    if path and not options.get('lazy'):
        try:
            _watch(instance, path)
        except Exception as error:
            _say('no sign of life from beat', error)
    return instance


def _scheduler_class(app):
    from celery.utils.imports import load_extension_class_names, symbol_by_name

    # As celery.beat.Service.get_scheduler does, with the same aliases ("django").
    name = os.environ.get('CELERY_OPERATOR_BEAT_SCHEDULER') or app.conf.beat_scheduler
    return symbol_by_name(name, aliases=dict(load_extension_class_names('celery.beat_schedulers')))


def _watch(instance, path):
    sign = _signs(path)
    tick = instance.tick

    def ticking(*args, **kwargs):
        interval = tick(*args, **kwargs)
        sign(interval)
        return interval

    instance.tick = ticking
    # While the broker is away one tick can last for hours, with a retry every half minute: that is life too.
    connection = instance.connection
    ensure_connection = connection.ensure_connection

    def ensuring(errback=None, *args, **kwargs):
        def retrying(error, interval):
            sign(interval)
            return errback(error, interval) if errback else None

        return ensure_connection(retrying, *args, **kwargs)

    connection.ensure_connection = ensuring
    # A loop that stalls before its first tick must not look as if it had never been watched.
    sign(0)


def _signs(path):
    import time

    state = {'due': 0.0, 'failed': False}

    def sign(interval):
        try:
            # The clock of /proc/uptime: steps of the wall clock do not touch it.
            due = time.clock_gettime(time.CLOCK_BOOTTIME) + max(interval or 0, 0)
            if 0 <= due - state['due'] < 1:
                return
            with open(path + '.new', 'w') as stream:
                stream.write('%d\n' % due)
            os.replace(path + '.new', path)
            state['due'] = due
        except Exception as error:
            if not state['failed']:
                state['failed'] = True
                _say('no sign of life from beat', error)

    return sign
