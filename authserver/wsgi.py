"""The WSGI application that `serve` runs: machine addresses first, then Django's pages."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "authserver.settings")

from django.core.wsgi import get_wsgi_application

_pages = get_wsgi_application()

from authserver import flushing  # noqa: E402
from authserver.databases import SERVING  # noqa: E402
from authserver.edge import Edge  # noqa: E402

application = Edge(_pages)
if os.environ.get(SERVING):
    flushing.start()
