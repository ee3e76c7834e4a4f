"""The WSGI application that `serve` runs: machine addresses first, then Django's pages."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "authserver.settings")

from django.core.wsgi import get_wsgi_application  # noqa: E402

_pages = get_wsgi_application()

from authserver.edge import Edge  # noqa: E402

application = Edge(_pages)
