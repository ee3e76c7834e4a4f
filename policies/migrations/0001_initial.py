import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.OAUTH2_PROVIDER_APPLICATION_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Api",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True)),
                ("audience", models.CharField(max_length=2000, unique=True)),
                ("description", models.TextField(blank=True)),
                (
                    "introspectors",
                    models.ManyToManyField(
                        blank=True, related_name="introspects", to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Scope",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True)),
                ("description", models.TextField(blank=True)),
                ("is_default", models.BooleanField(default=False)),
                ("is_sensitive", models.BooleanField(default=False)),
                ("shipped", models.BooleanField(default=False)),
                (
                    "api",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="scopes",
                        to="policies.api",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RateRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("method", models.CharField(blank=True, max_length=10)),
                ("min_delay", models.PositiveIntegerField(default=0)),
                ("max_delay", models.PositiveIntegerField(default=0)),
                (
                    "client",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rate_rules",
                        to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("client", "method"), name="policies_one_rate_rule_a_method"),
                    models.CheckConstraint(
                        condition=models.Q(("max_delay__lte", 10000), ("min_delay__lte", models.F("max_delay"))),
                        name="policies_delay_bounds",
                    ),
                ],
            },
        ),
    ]
