"""WSGI entry point for granian, gunicorn or any other server."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from convertr.bodies import read_first

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convertr.settings")

# A form's fields and the boundaries come on top of the largest file.
application = read_first(get_wsgi_application(), most=settings.UPLOAD_MAX_BYTES + 1024**2)
