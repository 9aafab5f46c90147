"""Prints the settings of the installed Celery as JSON, one setting a line.

    pip install celery==5.7.0 && python celery/settings/extract.py > celery/settings/data/5.7.json

The source is celery.app.defaults itself, so that no table is typed by hand. Python 3.8+, no further packages.
"""
import json
import sys

from celery import __version__
from celery.app import defaults


def plain(value):
    """The default as JSON; what JSON cannot carry (sets, tuples, timedelta) in its nearest form."""
    if isinstance(value, float) and value in (float('inf'), float('-inf')):
        return str(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    if isinstance(value, tuple):
        return list(value)
    if hasattr(value, 'total_seconds'):
        return value.total_seconds()
    return value


def rows():
    old_names = {}
    for old, new, _option in defaults.flatten(defaults.NAMESPACES, keyfilter=defaults._to_compat):
        old_names.setdefault(new, []).append(old)
    for name, option in defaults.flatten(defaults.NAMESPACES):
        # Some options name the class itself instead of its word.
        kind = option.type if isinstance(option.type, str) else option.type.__name__
        row = {'type': kind, 'default': plain(option.default)}
        olds = sorted(set(old_names.get(name, [])))
        if olds:
            row['old'] = olds
        if option.deprecate_by:
            row['deprecated'] = str(option.deprecate_by)
        if option.remove_by:
            row['removal'] = str(option.remove_by)
        yield name, row


def main():
    lines = ['  %s: %s' % (json.dumps(name), json.dumps(row)) for name, row in sorted(rows())]
    sys.stdout.write('{"celery": %s, "settings": {\n%s\n}}\n' % (json.dumps(__version__), ',\n'.join(lines)))


if __name__ == '__main__':
    main()
