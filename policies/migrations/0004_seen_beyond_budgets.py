from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("policies", "0003_rate_rules_are_facts_of_a_client")]

    operations = [
        migrations.AddField(
            model_name="seennetwork", name=name, field=models.BigIntegerField(db_default=0, default=0)
        )
        for name in ("over", "watched_over", "rate_rules")
    ]
