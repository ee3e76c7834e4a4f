"""The search text of clients that were registered before it was kept, in batches that each hold their locks briefly.

The linter's verdict is left to its job, which judges every client anew within minutes of the start.
"""

import unicodedata

from django.db import migrations, transaction

BATCH = 1000


def folded(text):
    """As `clients.names.folded` was when this migration was written."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", text).split())


def text_of(client):
    fields = (f"{client.name} {client.version}", client.display_name, client.client_id, client.redirect_uris)
    return "\n".join(f" {text}" for field in fields if (text := folded(field)))


def fill(apps, schema_editor):
    clients = apps.get_model("clients", "Client").objects.using(schema_editor.connection.alias)
    columns = ("pk", "name", "version", "display_name", "client_id", "redirect_uris")
    waiting = clients.filter(search_text="").only(*columns).order_by("pk")
    last = 0
    while batch := list(waiting.filter(pk__gt=last)[:BATCH]):
        with transaction.atomic(using=schema_editor.connection.alias):
            for client in batch:
                clients.filter(pk=client.pk, search_text="").update(search_text=text_of(client))
        last = batch[-1].pk


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ("clients", "0006_what_the_list_stands_on"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop, elidable=True),
    ]
