from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("clients", "0010_public_keys")]

    operations = [
        migrations.AddField(
            model_name="client",
            name="rate_rules",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
    ]
