"""Reads lists of arguments of `celery worker` as JSON, and prints for each what click makes of it: [accepted, further words]."""
import json
import sys

import click
from celery import Celery
from celery.bin.base import CLIContext
from celery.bin.worker import worker

app = Celery('shop')
answers = []
for args in json.load(sys.stdin):
    parent = click.Context(click.Group('celery'))
    parent.obj = CLIContext(app=app, no_color=True, workdir='', quiet=True)
    try:
        answers.append([True, worker.make_context('worker', list(args), parent=parent).args])
    except click.ClickException:
        answers.append([False, []])
print(json.dumps(answers))
