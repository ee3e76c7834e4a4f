from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_retention")]

    operations = [
        migrations.AddField(
            model_name="serversettings",
            name="address_budget",
            field=models.IntegerField(db_default=600_000, default=600_000),
        ),
        migrations.AddField(
            model_name="serversettings",
            name="allow_without_counters",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
