"""Sends additions and checks every result: ``python -m shop.submit --count 30000``.

Exits with 0 when every sum came back and was right, else with 1. With ``--every`` it never ends: a producer for
a Deployment.
"""

import argparse
import sys
import time

from celery.result import denied_join_result

from shop.celery import app
from shop.tasks import add


def say(text):
    print(text, flush=True)


def send(count, queue=None):
    """Sends ``count`` additions over one connection; returns the id of each with the sum that must come back."""
    expected = {}
    options = {"queue": queue} if queue else {}
    # Results are read in batches below. Without denied_join_result the Redis backend would subscribe to each of them.
    with app.producer_or_acquire() as producer, denied_join_result():
        for i in range(count):
            expected[add.apply_async((i, i + 1), producer=producer, **options).id] = 2 * i + 1
            if (i + 1) % 5000 == 0:
                say(f"sent {i + 1}/{count}")
    return expected


def collect(expected, batch, timeout):
    """Waits for all results, oldest first, many in one round trip; returns (right, wrong, missing)."""
    ids = list(expected)
    right, wrong, missing = 0, 0, 0
    deadline = time.monotonic() + timeout
    for start in range(0, len(ids), batch):
        left = set(ids[start : start + batch])
        while left and time.monotonic() < deadline:
            asked = list(left)
            values = app.backend.mget([app.backend.get_key_for_task(task_id) for task_id in asked])
            for task_id, value in zip(asked, values):
                meta = app.backend.decode_result(value) if value else None
                if not meta or meta["status"] not in ("SUCCESS", "FAILURE", "REVOKED"):
                    continue
                left.discard(task_id)
                if meta["status"] == "SUCCESS" and meta["result"] == expected[task_id]:
                    right += 1
                else:
                    wrong += 1
                    say(f"wrong: {task_id} is {meta['status']}: {meta['result']!r}, not {expected[task_id]}")
            if left:
                time.sleep(0.05)
        missing += len(left)
        say(f"checked {min(start + batch, len(ids))}/{len(ids)}: right {right}, wrong {wrong}, missing {missing}")
    return right, wrong, missing


def run(count, batch, timeout, queue):
    """One round; returns whether every result was right."""
    start = time.monotonic()
    expected = send(count, queue)
    sent = time.monotonic()
    say(f"sent {count} in {sent - start:.1f} s")
    right, wrong, missing = collect(expected, batch, timeout)
    took = time.monotonic() - start
    say(f"{count} additions in {took:.1f} s ({count / took:.0f}/s): right {right}, wrong {wrong}, missing {missing}")
    return right == count


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000, help="additions to send")
    parser.add_argument("--batch", type=int, default=1000, help="results read in one round trip")
    parser.add_argument("--timeout", type=float, default=600, help="seconds to wait for the results")
    parser.add_argument("--queue", help="queue to send to; default: the application's")
    parser.add_argument("--every", type=float, help="repeat for ever, with this pause in seconds")
    arguments = parser.parse_args()
    while True:
        try:
            good = run(arguments.count, arguments.batch, arguments.timeout, arguments.queue)
        except Exception as error:
            if arguments.every is None:
                raise
            # Where the broker is away, the next round tries again.
            say(f"round failed: {type(error).__name__}: {error}")
            good = False
        if arguments.every is None:
            return 0 if good else 1
        time.sleep(arguments.every)


if __name__ == "__main__":
    sys.exit(main())
