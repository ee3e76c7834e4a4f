from django.db import migrations

CLIENTS = [
    "clients.create", "clients.delete", "clients.edit", "clients.export", "clients.own", "clients.protect",
    "clients.reset-secret", "clients.view",
]
SHIPPED = {
    "Administrator": ["audit.view", *CLIENTS],
    "Client manager": CLIENTS,
    "Auditor": ["audit.view", "clients.export", "clients.view"],
    "Developer": ["clients.own"],
}


def say_what_they_shipped_with(apps, schema_editor):
    """Until now: so that only what is new since joins a role, and what was taken from it stays taken."""
    groups = apps.get_model("accounts", "Group").objects
    for name, permissions in SHIPPED.items():
        groups.filter(name=name, shipped=True, shipped_permissions=[]).update(shipped_permissions=permissions)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_people_are_managed")]

    operations = [migrations.RunPython(say_what_they_shipped_with, migrations.RunPython.noop)]
