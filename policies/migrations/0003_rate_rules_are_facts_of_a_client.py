"""Rate rules move into their client's row, a rule a line, and back again."""

from collections import defaultdict

from django.conf import settings
from django.db import migrations

ORDER = ("any", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def to_lines(apps, schema_editor):
    lines = defaultdict(list)
    for rule in apps.get_model("policies", "RateRule").objects.filter(max_delay__gt=0).iterator():
        lines[rule.client_id].append(f"{rule.method or 'any'} delay {rule.min_delay}-{rule.max_delay}ms")
    for number, found in lines.items():
        found.sort(key=lambda line: (ORDER.index(line.split()[0]) if line.split()[0] in ORDER else len(ORDER)))
        apps.get_model("clients", "Client").objects.filter(pk=number).update(rate_rules="\n".join(found))


def to_rows(apps, schema_editor):
    """Budgets have no place there; delays do."""
    rows = apps.get_model("policies", "RateRule").objects
    for client in apps.get_model("clients", "Client").objects.exclude(rate_rules="").iterator():
        for line in client.rate_rules.splitlines():
            method, _, delay = line.removeprefix("watch ").partition(" ")
            _, found, bounds = f" {delay}".rpartition(" delay ")
            if found and not line.startswith("watch "):
                shortest, longest = bounds.removesuffix("ms").split("-")
                rows.create(client_id=client.pk, method="" if method == "any" else method,
                            min_delay=int(shortest), max_delay=int(longest))  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [
        ("policies", "0002_seen_networks"),
        ("clients", "0011_rate_rules"),
        migrations.swappable_dependency(settings.OAUTH2_PROVIDER_APPLICATION_MODEL),
    ]

    operations = [
        migrations.RunPython(to_lines, to_rows),
        migrations.DeleteModel(name="RateRule"),
    ]
