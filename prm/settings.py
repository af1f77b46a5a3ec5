"""All settings, read from the environment (``.env.example`` is the list)."""

import os
from pathlib import Path

from prm import env
from prm.common import money

BASE_DIR = Path(__file__).resolve().parent.parent

# --- Security -------------------------------------------------------------------------------
DEBUG = env.flag("DEBUG", default=False)
SECRET_KEY = env.text("SECRET_KEY")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")
SECURE = env.flag("SECURE", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = SECURE
SESSION_COOKIE_NAME = "__Host-prm" if SECURE else "prm_session"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "prm.common.errorpages.csrf_failure"
PRM_TRUSTED_PROXIES = env.number("PRM_TRUSTED_PROXIES", 0)
_CSP_SELF = ["'self'"]
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": (),
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": _CSP_SELF,
        "style-src": _CSP_SELF,
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": _CSP_SELF,
        "connect-src": _CSP_SELF,
        "form-action": _CSP_SELF,
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "object-src": ["'none'"],
        "manifest-src": _CSP_SELF,
        "report-uri": "/csp-report/",
    },
}

# --- What runs ------------------------------------------------------------------------------
INSTALLED_APPS = [
    "prm",
    "prm.common",
    "partners",
    "kpis",
    "prm.common.adminapp.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "django_htmx",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
MIDDLEWARE = [
    "prm.common.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "prm.common.middleware.MaintenanceMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "prm.common.viewer.ViewerMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "partners.accounts.visits.VisitMiddleware",
    "prm.common.middleware.AccessMiddleware",
    "prm.common.middleware.DomainErrorMiddleware",
]
ROOT_URLCONF = "prm.urls"
WSGI_APPLICATION = "prm.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "prm.nav.shell",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Data -----------------------------------------------------------------------------------
# The app's role runs everything; the owner's role migrates (manage.py) and sets up tests.
_role = os.environ.get("PRM_DATABASE_ROLE", "app")
DATABASES = {"default": env.database("DATABASE_OWNER_URL" if _role == "owner" else "DATABASE_URL")}
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASE_APP_ROLE = env.database("DATABASE_URL")["USER"]
DATABASE_OWNER_URL = env.text("DATABASE_OWNER_URL", "")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
_redis = env.broker_urls(env.text("REDIS_URL"))
CACHES = {
    "default": {
        "BACKEND": "prm.common.cache.SurvivingRedisCache",
        "LOCATION": _redis["cache"],
        "KEY_PREFIX": "prm",
    }
}
SESSION_ENGINE = "prm.common.people.sessions"
# A cookie of messages would outlive the sign-out and tell the next person at the same browser.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Celery: Redis is a bell, the rows are the truth (reliability.md 3.4) --------------------
CELERY_BROKER_URL = _redis["broker"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 1_800
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3_600,
    "unacked_restore_throttle": 1,
    "socket_connect_timeout": 2,
    "socket_timeout": 5,  # a page that rings the bell waits no longer, even for a stuck broker
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}
CELERY_VISIBILITY_TIMEOUT = 3_600
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"

# --- People ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "common.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_ADAPTER = "prm.common.accounts.ClosedAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600  # seconds; of the code and of the link in the same mail
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reset_password": "20/m/ip,5/m/key",
    "request_login_code": "20/m/ip,3/m/key",
    # public forms (prm.common.limits): a mail goes to an address that anybody typed
    "apply": "20/h/ip,5/h/key",
    "request_access": "20/h/ip,5/h/key",
    "write_to_partner": "20/h/ip,5/h/key",
    "open_letter": "120/h/ip",
}
ACCOUNT_FORMS = {
    "login": "prm.common.accountforms.LoginForm",
    "request_login_code": "prm.common.accountforms.RequestLoginCodeForm",
    "confirm_login_code": "prm.common.accountforms.ConfirmLoginCodeForm",
    "change_password": "prm.common.accountforms.ChangePasswordForm",
    "set_password": "prm.common.accountforms.SetPasswordForm",
    "reset_password": "prm.common.accountforms.ResetPasswordForm",
    "reset_password_from_key": "prm.common.accountforms.ResetPasswordKeyForm",
    "reauthenticate": "prm.common.accountforms.PasswordAgainForm",
}
MFA_FORMS = {
    "authenticate": "prm.common.accountforms.FactorForm",
    "reauthenticate": "prm.common.accountforms.FactorAgainForm",
    "activate_totp": "prm.common.accountforms.ActivateTOTPForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
PRM_REQUIRE_2FA = env.flag("PRM_REQUIRE_2FA", default=False)

# --- Words, times, mail ----------------------------------------------------------------------
LANGUAGES = [("en", "English"), ("de", "Deutsch")]  # docs/languages.md: how to add one
# For browsers that ask for none of these, and for mails to people who chose none.
LANGUAGE_CODE = env.choice("PRM_LANGUAGE", "en", dict(LANGUAGES), "a language like en or de")
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "prm.common.formats"  # how dates are written; Django knows the rest
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
PRM_TIME_ZONE = env.time_zone("PRM_TIME_ZONE", "Europe/Berlin")
PRM_CURRENCY = env.choice(
    "PRM_CURRENCY", "EUR", money.CURRENCIES, "a currency code of three letters like EUR"
)
PRM_BASE_URL = env.text("PRM_BASE_URL", "http://localhost:8000").rstrip("/")
_mail = env.mail(env.text("EMAIL_URL", ""))
# Every mail is a row first (Outbox); this backend writes it, a task hands it to the server.
EMAIL_BACKEND = "prm.common.mail.OutboxBackend"
EMAIL_HOST, EMAIL_PORT = _mail["host"], _mail["port"]
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail["user"], _mail["password"]
EMAIL_USE_TLS, EMAIL_USE_SSL, EMAIL_TIMEOUT = _mail["tls"], _mail["ssl"], 15
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "PRM <prm@localhost>")

# --- Files ----------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.text("PRM_STATIC_ROOT", str(BASE_DIR / ".prm" / "static")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "prm.common.statics.BundledStorage"
        if not DEBUG
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
PRM_FILES = Path(env.text("PRM_FILES", str(BASE_DIR / ".prm" / "files")))
MEDIA_ROOT = PRM_FILES
# While this file is there the site answers 503 (manage.py maintenance writes it).
PRM_MAINTENANCE_FILE = Path(env.text("PRM_MAINTENANCE_FILE", str(PRM_FILES / "maintenance.json")))
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_HANDLERS = [
    "prm.common.uploads.MeasuredUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# --- API ------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "prm.common.tokens.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["prm.common.drf.PolicyPermission"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_PAGINATION_CLASS": "prm.common.drf.CursorPages",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["prm.common.drf.TokenThrottle"],
    "DEFAULT_THROTTLE_RATES": {"token": "5000/hour"},
    "EXCEPTION_HANDLER": "prm.common.drf.problem_json",
    "COERCE_DECIMAL_TO_STRING": True,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "PRM API",
    "DESCRIPTION": "Partners, deals, imports and KPIs of one installation.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # the same choices under two field names
    "ENUM_NAME_OVERRIDES": {
        "ApplicationReasonEnum": "partners.recruiting.models.Application.Reason",
        "CostKindEnum": "partners.costs.models.Cost.Kind",
        "EndKindEnum": "partners.accounts.models.Contract.EndKind",
        "SegmentCauseEnum": "partners.segments.models.SegmentStay.Because",
        "LinkKindEnum": "partners.hierarchy.models.PartnerLink.Kind",
        "MilestoneKindEnum": "partners.onboarding.models.OnboardingTask.Milestone",
        "TraitKindEnum": "partners.directory.models.Trait.Kind",
        "TierRunKindEnum": "partners.programs.models.TierRun.Kind",
    },
}

# --- Log: JSON-free single lines with the request id; no bodies --------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "prm.common.logs.RequestIdFilter"}},
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"}
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["request_id"],
        }
    },
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
}
SILENCED_SYSTEM_CHECKS: list[str] = (
    # Behind plain http (the demo on localhost) cookies cannot be Secure; SECURE=1 turns all on.
    [] if SECURE else ["security.W004", "security.W008", "security.W012", "security.W016"]
)
