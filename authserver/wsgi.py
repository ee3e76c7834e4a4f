"""The WSGI application that `serve` runs: machine addresses first, then Django's pages."""

import gc
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
    # What was imported lives as long as the worker. Walking it again and again for garbage stopped every request for
    # 60 ms, so the collector is told to leave it alone and looks only at what requests make.
    gc.collect()
    gc.freeze()
