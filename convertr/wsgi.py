"""WSGI entry point for granian, gunicorn or any other server."""

import gc
import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import Resolver404, get_resolver, resolve

from convertr.bodies import read_first
from convertr.http_api import PREFIXES

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "convertr.settings")

django = get_wsgi_application()
# Load every page's code now, not while the first visitor waits.
get_resolver().url_patterns  # noqa: B018
# And count it as here to stay: no visitor waits while it is looked through for rubbish.
gc.collect()
gc.freeze()
TAKE_FILES = (
    "conversions:upload",
    "conversions:upload_amounts",
    "conversions:upload_locks",
    "admin:conversions_conversion_import",
    "admin:requests_workflow_conversionrequest_import",
    "requests:comment",
    "requests:new_create",
    "requests:new_change",
    "requests:import",
)


class Taking:
    """The paths of pages that take files, whatever ids are in them."""

    def __contains__(self, path: object) -> bool:
        try:
            return resolve(str(path)).view_name in TAKE_FILES
        except Resolver404:
            return False


application = read_first(
    django,
    most=settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0,
    # A form's fields and the boundaries come on top of the largest file.
    with_file=settings.UPLOAD_MAX_BYTES + 1024**2,
    taking_files=Taking(),
    drained=PREFIXES,
)
