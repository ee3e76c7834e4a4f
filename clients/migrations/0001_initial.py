import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    # django-oauth-toolkit's first migration refers to these models by the settings that swap them.
    run_before = [("oauth2_provider", "0001_initial")]

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Client',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('redirect_uris', models.TextField(blank=True, help_text='Allowed URIs list, space separated', verbose_name='redirect URIs')),
                ('post_logout_redirect_uris', models.TextField(blank=True, default='', help_text='Allowed Post Logout URIs list, space separated', verbose_name='post logout redirect URIs')),
                ('client_type', models.CharField(choices=[('confidential', 'Confidential'), ('public', 'Public')], max_length=32, verbose_name='client type')),
                ('name', models.CharField(blank=True, max_length=255, verbose_name='name')),
                ('created', models.DateTimeField(auto_now_add=True, verbose_name='created')),
                ('updated', models.DateTimeField(auto_now=True, verbose_name='updated')),
                ('client_id', models.CharField(max_length=255, unique=True)),
                ('version', models.CharField(blank=True, max_length=255)),
                ('name_key', models.CharField(max_length=1200, null=True, unique=True)),
                ('display_name', models.CharField(blank=True, max_length=255)),
                ('description', models.TextField(blank=True)),
                ('grant_types', models.CharField(blank=True, max_length=400)),
                ('allowed_scope', models.TextField(blank=True)),
                ('is_system', models.BooleanField(default=False)),
                ('is_active', models.BooleanField(default=True)),
                ('access_token_lifetime', models.BigIntegerField(blank=True, null=True)),
                ('access_tokens_never_expire', models.BooleanField(default=False)),
                ('refresh_limit', models.BigIntegerField(blank=True, default=0, null=True)),
                ('token_format', models.CharField(choices=[('opaque', 'Opaque'), ('jwt', 'Jwt')], default='opaque', max_length=6)),
                ('pkce_required', models.BooleanField(default=True)),
                ('token_endpoint_auth_method', models.CharField(blank=True, max_length=32)),
                ('is_protected', models.BooleanField(default=False)),
                ('protected_reason', models.TextField(blank=True)),
                ('protected_by', models.CharField(blank=True, max_length=255)),
                ('protected_at', models.DateTimeField(blank=True, null=True)),
                ('deleted_at', models.DateTimeField(blank=True, null=True)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('revision', models.BigIntegerField(default=1)),
                ('token_epoch', models.BigIntegerField(default=0)),
                ('owner', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='owned_clients', to=settings.AUTH_USER_MODEL)),
                ('service_account', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='service_client', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='ClientSecret',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key_id', models.CharField(max_length=16, unique=True)),
                ('hash', models.CharField(max_length=160)),
                ('custom', models.BooleanField(default=False)),
                ('label', models.CharField(blank=True, max_length=100)),
                ('created', models.DateTimeField(default=django.utils.timezone.now)),
                ('created_by', models.CharField(blank=True, max_length=255)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('revoked_at', models.DateTimeField(blank=True, null=True)),
                ('last_used_at', models.DateTimeField(blank=True, null=True)),
                ('last_used_from', models.CharField(blank=True, max_length=64)),
                ('client', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='secrets', to=settings.OAUTH2_PROVIDER_APPLICATION_MODEL)),
            ],
        ),
        migrations.AddIndex(
            model_name='client',
            index=models.Index(fields=['owner', '-id'], name='clients_client_owner'),
        ),
        migrations.AddIndex(
            model_name='client',
            index=models.Index(fields=['last_used_at', 'id'], name='clients_client_last_used'),
        ),
        migrations.AddIndex(
            model_name='client',
            index=models.Index(fields=['name', 'id'], name='clients_client_name'),
        ),
        migrations.AddConstraint(
            model_name='client',
            constraint=models.CheckConstraint(condition=models.Q(('owner__isnull', False), ('is_system', True), _connector='OR'), name='clients_owner_required'),
        ),
        migrations.AddIndex(
            model_name='clientsecret',
            index=models.Index(fields=['client', '-created'], name='clients_secret_client'),
        ),
        migrations.AddConstraint(
            model_name='clientsecret',
            constraint=models.UniqueConstraint(condition=models.Q(('custom', True), ('revoked_at', None)), fields=('client',), name='clients_one_custom_secret'),
        ),
    ]
