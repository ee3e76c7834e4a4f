from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="RefusalWindow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64, unique=True)),
                ("reference", models.CharField(max_length=16)),
                ("event_kind", models.CharField(max_length=64)),
                ("subject_name", models.CharField(blank=True, max_length=512)),
                ("detail", models.JSONField(default=dict)),
                ("opened_at", models.DateTimeField()),
                ("closes_at", models.DateTimeField(db_index=True)),
                ("repeats", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("kind", models.CharField(max_length=64)),
                ("actor_id", models.BigIntegerField(null=True)),
                ("actor_name", models.CharField(blank=True, max_length=255)),
                ("address", models.CharField(blank=True, max_length=64)),
                ("request_id", models.CharField(blank=True, max_length=64)),
                ("subject_kind", models.CharField(blank=True, max_length=32)),
                ("subject_id", models.BigIntegerField(null=True)),
                ("subject_name", models.CharField(blank=True, max_length=512)),
                ("reference", models.CharField(blank=True, max_length=16)),
                ("reason", models.TextField(blank=True)),
                ("changes", models.JSONField(default=dict)),
                ("detail", models.JSONField(default=dict)),
                ("sequence", models.BigIntegerField(null=True, unique=True)),
                ("previous_hash", models.CharField(blank=True, max_length=64)),
                ("hash", models.CharField(blank=True, max_length=64)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="audit_event_newest"),
                    models.Index(fields=["kind", "-at"], name="audit_event_kind"),
                    models.Index(fields=["subject_kind", "subject_id", "-at"], name="audit_event_subject"),
                    models.Index(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=["reference"],
                        name="audit_event_reference",
                    ),
                    models.Index(condition=models.Q(("sequence", None)), fields=["id"], name="audit_event_unsealed"),
                ],
            },
        ),
    ]
