"""Settings: every key of the YAML file that the operator mounts becomes a setting.

The URLs of the broker and the result backend are not in it: Celery reads CELERY_BROKER_URL and
CELERY_RESULT_BACKEND from the environment by itself.
"""

import os

import yaml


def _path():
    for variable in ("CELERY_OPERATOR_CONFIG", "CELERY_CONFIG"):
        # Celery itself reads CELERY_CONFIG as the name of a module: only a path is meant for us.
        value = os.environ.get(variable, "")
        if value.startswith("/"):
            return value
    return None


_file = _path()
if _file:
    with open(_file, encoding="utf-8") as _stream:
        globals().update(yaml.safe_load(_stream) or {})
