from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_address_budget")]

    operations = [
        migrations.AddField(
            model_name="serversettings",
            name="self_registration",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
