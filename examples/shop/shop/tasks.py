"""Tasks of the shop."""

import time

from shop.celery import app


@app.task
def add(x, y):
    """The sum of two numbers."""
    return x + y


@app.task
def sleep(seconds):
    """Takes its time, and says how long it took."""
    start = time.monotonic()
    time.sleep(seconds)
    return time.monotonic() - start
