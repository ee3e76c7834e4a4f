"""Django's settings. What differs between machines comes from the environment (`authserver.environment`);
what administrators decide lives in the database (`accounts.server_settings`); the rest is fixed here.
"""

import os
from pathlib import Path

from csp.constants import NONE, SELF

from accounts.key_derivation import derive
from authserver.databases import cache_settings, database_settings
from authserver.environment import LOOPBACK_NAMES, read_environment
from authserver.logs import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent
AUTHSERVER = read_environment(os.environ, base=BASE_DIR)
VERSION = "0.1.0"

DEBUG = False
SECRET_KEY, *SECRET_KEY_FALLBACKS = (derive(secret, label="django").hex() for secret in AUTHSERVER.secret_keys)

# Pages answer to the issuer's host alone; AUTHSERVER_ALLOWED_HOSTS are for machine addresses (`authserver.hosts`).
ALLOWED_HOSTS = [
    AUTHSERVER.issuer_host,
    *AUTHSERVER.allowed_hosts,
    *(LOOPBACK_NAMES if AUTHSERVER.development else ()),
]

INSTALLED_APPS = [
    "authserver",
    "tokens",
    "policies",
    "clients",
    "accounts",
    "audit",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "oauth2_provider",
    "rules",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "authserver.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    # Ahead of the rules, which ask the database: a page that says "the database is away" keeps its style sheets.
    "authserver.static_files.StaticFilesMiddleware",
    "authserver.middleware.EdgeRulesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "authserver.middleware.CsrfMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "authserver.middleware.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "authserver.middleware.ProofMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "authserver.urls"
WSGI_APPLICATION = "authserver.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["authserver.templatetags.console"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "authserver.shell.console",
            ],
        },
    }
]
FORM_RENDERER = "authserver.forms_renderer.ConsoleRenderer"

DATABASES = {"default": database_settings(AUTHSERVER)}
CACHES = {"default": cache_settings(AUTHSERVER)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Accounts and sign-in.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.backends.PasswordBackend",
    "rules.permissions.ObjectPermissionBackend",
]
PASSWORD_HASHERS = ["accounts.hashers.PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.sign_in_forms.SignInForm",
    "reauthenticate": "accounts.sign_in_forms.ReauthenticateForm",
}
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
# Attempts a period, by address (a /64 for IPv6) and by user name.
ACCOUNT_RATE_LIMITS = {
    "login": "60/m/ip",
    "login_failed": "20/m/ip,5/5m/key",
    "reauthenticate": "10/m/user",
    "signup": "10/m/ip,60/h/ip",
    "device_code": "10/5m/user,60/5m/ip",
}

# Sign-in through another provider, which the settings in the database name (`accounts.upstream`).
SOCIALACCOUNT_ADAPTER = "accounts.upstream.protocol.SocialAccountAdapter"
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False

# Second factors. Step-up is this house's own (`authserver.step_up`), at /sign-in/.
MFA_ADAPTER = "accounts.second_factors.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_REAUTHENTICATION_REQUIRED = False
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_TOLERANCE = 1  # a step of 30 seconds to either side: clocks differ
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = AUTHSERVER.development
MFA_FORMS = {
    "authenticate": "accounts.second_factors.forms.CodeForm",
    "activate_totp": "accounts.second_factors.forms.AddAppForm",
    "add_webauthn": "accounts.second_factors.forms.AddPasskeyForm",
    "authenticate_webauthn": "accounts.second_factors.forms.PasskeyForm",
    "login_webauthn": "accounts.second_factors.forms.PasskeyAloneForm",
}

# Sessions and cookies: host-bound where the issuer is https, never readable by scripts.
_COOKIE_PREFIX = "__Host-" if AUTHSERVER.https else ""
SESSION_COOKIE_NAME = f"{_COOKIE_PREFIX}session"
SESSION_COOKIE_SECURE = AUTHSERVER.https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_NAME = f"{_COOKIE_PREFIX}csrf"
CSRF_COOKIE_SECURE = AUTHSERVER.https
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "authserver.error_views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# Headers.
SECURE_HSTS_SECONDS = 31_536_000 if AUTHSERVER.https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = False
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for subdomains: they are not ours to promise for.
    "security.W008",  # No redirect to https: a plain http call is refused with 400 (R62).
    "security.W021",  # HSTS preload: likewise.
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000

STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "authserver.static_files.VersionedStaticFiles"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
WHITENOISE_ALLOW_ALL_ORIGINS = False
WHITENOISE_MAX_AGE = 31_536_000  # each URL carries its content's hash

LANGUAGE_CODE = "en"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

LOGGING_CONFIG = None
logging_settings(development=AUTHSERVER.development)

# The management API (`authserver.api`).
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "tokens.api.authentication.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": [],  # each operation names its own
    "DEFAULT_SCHEMA_CLASS": "accounts.rest.describing.ApiSchema",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Management API",
    "DESCRIPTION": "Everything that the console does: clients, scopes, people, tokens, audit and settings.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_PUBLIC": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "PREPROCESSING_HOOKS": ["authserver.api.only_ours"],
    "POSTPROCESSING_HOOKS": ["authserver.api.with_components"],
}

# django-oauth-toolkit: every model is ours, every gate of its RFC 9700 set is shut.
OAUTH2_PROVIDER_APPLICATION_MODEL = "clients.Client"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "tokens.AccessToken"
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "tokens.RefreshToken"
OAUTH2_PROVIDER_GRANT_MODEL = "tokens.AuthorizationCode"
OAUTH2_PROVIDER_ID_TOKEN_MODEL = "tokens.IDToken"
OAUTH2_PROVIDER_DEVICE_GRANT_MODEL = "tokens.DeviceCode"
OAUTH2_PROVIDER = {
    "OAUTH2_VALIDATOR_CLASS": "tokens.validator.Validator",
    "SCOPES": {},
    "DEFAULT_SCOPES": [],
    "PKCE_REQUIRED": True,
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "REQUEST_APPROVAL_PROMPT": "force",
    **{
        f"COMPLIANT_BCP_RFC9700_{gate}": True
        for gate in (
            "IMPLICIT_GRANT",
            "PASSWORD_GRANT",
            "PKCE_METHOD",
            "ACCESS_TOKEN_TRANSPORT",
            "AUTHZ_RESPONSE_ISS",
            "TOKEN_STORAGE",
            "REFRESH_TOKEN",
            "REDIRECT_URI_SCHEME",
            "REDIRECT_URI_MATCHING",
            "PKCE_REQUIRED",
        )
    },
}
