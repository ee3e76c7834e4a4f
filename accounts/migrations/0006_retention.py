from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_protection_binds_api")]

    operations = [
        migrations.AddField(
            model_name="serversettings",
            name="retention",
            field=models.IntegerField(db_default=30, default=30),
        ),
    ]
