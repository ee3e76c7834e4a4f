
import django.db.models.deletion
import django.db.models.functions.comparison
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clients', '0005_secret_first_used'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='BulkItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.BigIntegerField()),
                ('name', models.CharField(max_length=255)),
                ('client_id', models.CharField(max_length=255)),
                ('revision', models.BigIntegerField()),
                ('outcome', models.CharField(max_length=8)),
                ('reason', models.CharField(blank=True, max_length=500)),
            ],
        ),
        migrations.CreateModel(
            name='BulkRun',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('action', models.CharField(max_length=16)),
                ('parameters', models.JSONField(default=dict)),
                ('query', models.CharField(blank=True, max_length=2000)),
                ('created', models.DateTimeField()),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=60)),
                ('query', models.CharField(max_length=2000)),
                ('created', models.DateTimeField()),
            ],
        ),
        migrations.RemoveIndex(
            model_name='client',
            name='clients_client_owner',
        ),
        migrations.RemoveIndex(
            model_name='client',
            name='clients_client_last_used',
        ),
        migrations.RemoveIndex(
            model_name='client',
            name='clients_client_name',
        ),
        migrations.AddField(
            model_name='client',
            name='linter_level',
            field=models.CharField(blank=True, db_default='', default='', max_length=6),
        ),
        migrations.AddField(
            model_name='client',
            name='linter_score',
            field=models.SmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='client',
            name='search_text',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.AddIndex(
            model_name='client',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['id'], name='clients_by_all'),
        ),
        migrations.AddIndex(
            model_name='client',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['name_key', 'id'], name='clients_by_name'),
        ),
        migrations.AddIndex(
            model_name='client',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['client_id', 'id'], name='clients_by_client_id'),
        ),
        migrations.AddIndex(
            model_name='client',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['client_type', 'id'], name='clients_by_type'),
        ),
        migrations.AddIndex(
            model_name='client',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['grant_types', 'id'], name='clients_by_grants'),
        ),
        migrations.AddIndex(
            model_name='client',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['is_active', 'id'], name='clients_by_active'),
        ),
        migrations.AddIndex(
            model_name='client',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['owner', 'id'], name='clients_by_owner'),
        ),
        migrations.AddIndex(
            model_name='client',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['last_used_at', 'id'], name='clients_by_last_used'),
        ),
        migrations.AddIndex(
            model_name='client',
            index=models.Index(django.db.models.functions.comparison.Coalesce('last_used_at', 'created'), condition=models.Q(('deleted_at', None)), name='clients_by_idleness'),
        ),
        migrations.AddIndex(
            model_name='client',
            index=models.Index(condition=models.Q(('deleted_at', None)), fields=['linter_level', 'id'], name='clients_by_level'),
        ),
        migrations.AddIndex(
            model_name='client',
            index=models.Index(condition=models.Q(('deleted_at', None), ('is_protected', True)), fields=['id'], name='clients_by_protected'),
        ),
        migrations.AddIndex(
            model_name='client',
            index=models.Index(condition=models.Q(('access_tokens_never_expire', True), ('deleted_at', None)), fields=['id'], name='clients_by_never'),
        ),
        migrations.AddIndex(
            model_name='clientsecret',
            index=models.Index(condition=models.Q(('expires_at__isnull', False), ('revoked_at', None)), fields=['expires_at', 'client'], name='clients_secret_ending'),
        ),
        migrations.AddField(
            model_name='bulkrun',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='bulkitem',
            name='run',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='items', to='clients.bulkrun'),
        ),
        migrations.AddField(
            model_name='savedview',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='bulkrun',
            index=models.Index(fields=['created'], name='clients_bulk_run_created'),
        ),
        migrations.AddIndex(
            model_name='bulkitem',
            index=models.Index(fields=['run', 'outcome', 'id'], name='clients_bulk_item_outcome'),
        ),
        migrations.AddConstraint(
            model_name='bulkitem',
            constraint=models.UniqueConstraint(fields=('run', 'number'), name='clients_one_item_a_client'),
        ),
        migrations.AddConstraint(
            model_name='savedview',
            constraint=models.UniqueConstraint(fields=('user', 'name'), name='clients_one_view_a_name'),
        ),
    ]
