from importlib import import_module

from django.db import migrations, models

AddIndexBesideWork = import_module("audit.migrations.0004_event_client_index").AddIndexBesideWork


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("audit", "0005_delivery")]

    operations = [
        AddIndexBesideWork(
            model_name="event",
            index=models.Index(fields=["actor_name", "-at", "-id"], name="audit_event_actor_name"),
        ),
        AddIndexBesideWork(
            model_name="event",
            index=models.Index(condition=~models.Q(("address", "")), fields=["address"], name="audit_event_address"),
        ),
        AddIndexBesideWork(
            model_name="event",
            index=models.Index(
                condition=~models.Q(("request_id", "")), fields=["request_id"], name="audit_event_request"
            ),
        ),
    ]
