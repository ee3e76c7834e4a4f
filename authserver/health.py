"""Whether this process lives, and whether it can serve: for load balancers and orchestrators."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse

from accounts import server_settings


def live(_: HttpRequest) -> HttpResponse:
    """200 while the process answers at all; asks nothing of the database."""
    return JsonResponse({"status": "live"})


# What this process once found migrated stays so while it runs; looking it up costs as much as twenty tokens.
_migrated = False


def ready(_: HttpRequest) -> HttpResponse:
    """200 when the database answers and every migration has run; 503 otherwise (a database error is the edge's)."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            return JsonResponse({"status": "migrations are missing"}, status=503, headers={"Retry-After": "5"})
        _migrated = True
    server_settings.current()
    return JsonResponse({"status": "ready"})
