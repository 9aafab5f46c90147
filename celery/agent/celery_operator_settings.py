"""Celery settings from the operator: every key of config.json becomes a global of this module.

Named by CONFIG_MODULE, it gives settings to applications that name no configuration of their own.
It stands beside config.json; CELERY_OPERATOR_CONFIG (a file in the same directory) is the second place looked at.
The process must start whatever happens here: a failure is one line on standard error and no settings.
Python 3.8+, standard library only.
"""


def _directories():
    import os

    yield os.path.dirname(os.path.abspath(__file__))
    named = os.environ.get('CELERY_OPERATOR_CONFIG')
    if named:
        yield os.path.dirname(os.path.abspath(named))


def _crontabs(entries):
    # It stands beside this file; an application that copied only this one keeps its entries as they are.
    try:
        from celery_operator_beat import with_crontabs
    except ImportError:
        return entries
    return with_crontabs(entries)


def _load():
    import json
    import os
    import sys

    try:
        for directory in _directories():
            path = os.path.join(directory, 'config.json')
            if os.path.isfile(path):
                break
        else:
            raise FileNotFoundError('no config.json beside this module')
        with open(path, encoding='utf-8') as stream:
            settings = json.load(stream)
        if not isinstance(settings, dict):
            raise ValueError('config.json holds no map')
        if 'beat_schedule' in settings:
            settings['beat_schedule'] = _crontabs(settings['beat_schedule'])
        # Python's own names of a module are no settings.
        return {name: value for name, value in settings.items() if not name.startswith('__')}
    except Exception as error:
        # The type and, of errors that quote no content, the reason: the file may hold secrets.
        reason = error.strerror if isinstance(error, OSError) and error.strerror else ''
        if isinstance(error, FileNotFoundError) and not reason:
            reason = str(error)
        try:
            sys.stderr.write(
                'celery-operator: no settings applied: %s%s\n' % (type(error).__name__, ': ' + reason if reason else '')
            )
        except Exception:
            pass
        return {}


globals().update(_load())
del _load, _directories, _crontabs
