"""Reads lists of arguments of the command that it is given (worker or beat) as JSON, and prints for each what click makes of it: [accepted, further words]."""
import json
import sys

import click
from celery import Celery
from celery.bin.base import CLIContext
from celery.bin.beat import beat
from celery.bin.worker import worker

app = Celery('shop')
name = sys.argv[1]
command = {'worker': worker, 'beat': beat}[name]
answers = []
for args in json.load(sys.stdin):
    parent = click.Context(click.Group('celery'))
    parent.obj = CLIContext(app=app, no_color=True, workdir='', quiet=True)
    try:
        answers.append([True, command.make_context(name, list(args), parent=parent).args])
    # Celery’s own reading of an unusable --autoscale fails with errors of its own: 5.4 over the number, 5.7 over its message.
    except (click.ClickException, AttributeError, ValueError):
        answers.append([False, []])
print(json.dumps(answers))
