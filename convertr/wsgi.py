"""WSGI entry point for granian, gunicorn or any other server."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

from convertr.bodies import read_first

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convertr.settings")

# A form's fields and the boundaries come on top of the largest file.
application = read_first(get_wsgi_application(), most=settings.UPLOAD_MAX_BYTES + 1024**2)
# Load every page's code now, not while the first visitor waits.
get_resolver().url_patterns  # noqa: B018
