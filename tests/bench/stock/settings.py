"""What django-oauth-toolkit's tutorial asks for, on the benchmark's database; nothing tuned, nothing slowed."""

import os

import environ

SECRET_KEY = "the-benchmark-control-keeps-no-secrets"
DEBUG = False
ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.bench.stock.urls"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "oauth2_provider",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
DATABASES = {"default": {**environ.Env.db_url_config(os.environ["STOCK_DATABASE_URL"]), "CONN_MAX_AGE": None}}
OAUTH2_PROVIDER = {
    "SCOPES": {"orders.read": "Read orders", "introspection": "Introspect"},
    "ACCESS_TOKEN_GENERATOR": "tests.bench.stock.signed.token_for",
}
