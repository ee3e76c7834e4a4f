"""Whether this process lives, and whether it can serve: for load balancers and orchestrators."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse


def live(_: HttpRequest) -> HttpResponse:
    """200 while the process answers at all; asks nothing of the database."""
    return JsonResponse({"status": "live"})


def ready(_: HttpRequest) -> HttpResponse:
    """200 when the database answers and every migration has run; 503 otherwise (a database error is the edge's)."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return JsonResponse({"status": "migrations are missing"}, status=503, headers={"Retry-After": "5"})
    return JsonResponse({"status": "ready"})
