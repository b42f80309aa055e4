"""Settings: one file, safe by default, everything variable read through :mod:`studyapp.env`."""

import sys

from studyapp import env, keys

BASE_DIR = env.BASE
DATA_DIR = env.folder("STUDYAPP_DATA")
# Made on first run, mode 0600, never in the code.
SECRET_KEY, SECRET_KEY_FALLBACKS = keys.site_secrets(DATA_DIR)
RECORD_KEYS = keys.record_keys(DATA_DIR)
DEBUG = env.flag("STUDYAPP_DEBUG")
HTTPS = env.flag("STUDYAPP_HTTPS")
# Whose word about the address and the protocol of a request counts (web.addresses).
PROXIES = env.networks("STUDYAPP_PROXIES")
SITE_NAME = env.text("STUDYAPP_SITE", 30)
ALLOWED_HOSTS = [*env.names("STUDYAPP_HOSTS"), "127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [f"https://{name}" for name in env.names("STUDYAPP_HOSTS")] if HTTPS else []

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
    "axes",
    "studyapp.web",
    "studyapp.access",
    "studyapp.audit",
    "studyapp.accounts",
    "studyapp.saving",
    "studyapp.jobs",
    "studyapp.branches",
    "studyapp.papers",
    "studyapp.speeches",
    "studyapp.meetings",
    "studyapp.minutes",
    "studyapp.archive",
    "studyapp.upkeep",
    "studyapp.dashboards",
]
MIDDLEWARE = [
    "studyapp.web.addresses.ProxyMiddleware",
    "studyapp.web.middleware.SecurityHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "studyapp.upkeep.middleware.SlowMiddleware",
    "studyapp.web.sessions.PatientSessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "studyapp.audit.middleware.TerminalMiddleware",
    "studyapp.web.bodies.BodyMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "studyapp.accounts.middleware.TimeMiddleware",
    "studyapp.accounts.middleware.EndedSignInMiddleware",
    "studyapp.saving.middleware.SamePersonMiddleware",
    "studyapp.saving.middleware.HeldPostMiddleware",
    "studyapp.web.middleware.SignedInMiddleware",
    "studyapp.accounts.middleware.GateMiddleware",
    "studyapp.web.middleware.RefusedMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "studyapp.urls"
WSGI_APPLICATION = "studyapp.wsgi.application"
_LOADERS: list[object] = [
    "django.template.loaders.filesystem.Loader",
    "django.template.loaders.app_directories.Loader",
]
if not DEBUG:
    _LOADERS = [("django.template.loaders.cached.Loader", _LOADERS)]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [("template_partials.loader.Loader", _LOADERS)],
            "builtins": [
                "template_partials.templatetags.partials",
                "django.templatetags.i18n",
                "django.templatetags.static",
                "studyapp.web.templatetags.web",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "studyapp.accounts.context.page",
            ],
        },
    },
]
DATABASES = {"default": env.database(DATA_DIR)}
DATABASE_ROLE = env.role("STUDYAPP_DATABASE_ROLE")
_IN_MEMORY = "django.core.cache.backends.locmem.LocMemCache"
CACHES: dict[str, dict[str, object]] = {
    "default": {"BACKEND": _IN_MEMORY},
    # HTML under a key that holds all that it shows; it lives as long as the templates it is from.
    "pieces": {
        "BACKEND": "django.core.cache.backends.dummy.DummyCache" if DEBUG else _IN_MEMORY,
        "LOCATION": "pieces",
        "TIMEOUT": 3600,
        "OPTIONS": {} if DEBUG else {"MAX_ENTRIES": 5000},
    },
}
# What the daily check of the audit log noted last (ADR 0027).
AUDIT_ANCHOR = DATA_DIR / "audit.anchor"
REG_ID = env.text("STUDYAPP_REG_ID", 50)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Sign-in (security.md, Decisions)
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "dashboards:today"
AUTHENTICATION_BACKENDS = [
    "studyapp.accounts.backends.LockBackend",
    "studyapp.accounts.backends.NameBackend",
]
PASSWORD_HASHERS = [
    "studyapp.accounts.hashers.TunedArgon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
SIGN_INS = env.number("STUDYAPP_SIGN_INS", 0, 100)
SECOND_FACTOR = env.choice("STUDYAPP_SECOND_FACTOR", {"no", "offices"})
PASSWORD_WORDS = env.words("STUDYAPP_PASSWORD_WORDS")
PASSWORD_DAYS = env.number("STUDYAPP_PASSWORD_DAYS", 0, 3650)
PASSWORD_DAYS_OFFICES = env.number("STUDYAPP_PASSWORD_DAYS_OFFICES", 0, 3650)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "studyapp.accounts.passwords.LengthValidator"},
    {"NAME": "studyapp.accounts.passwords.ClassesValidator"},
    {"NAME": "studyapp.accounts.passwords.OwnWordsValidator"},
    {"NAME": "studyapp.accounts.passwords.CommonValidator"},
    {"NAME": "studyapp.accounts.passwords.FormerValidator"},
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours: 15 minutes
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_CALLABLE = "studyapp.accounts.views.signing_in.locked_out"
AXES_DISABLE_ACCESS_LOG = True
AXES_VERBOSE = False
AXES_IPWARE_PROXY_COUNT = 0
AXES_IPWARE_META_PRECEDENCE_ORDER = ["REMOTE_ADDR"]
SESSION_COOKIE_AGE = env.number("STUDYAPP_IDLE_MINUTES", 5, 720) * 60
SESSION_SAVE_EVERY_REQUEST = False  # accounts.middleware extends it, see there
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "studyapp.web.errors.csrf_failure"

# Checking in by a code on the screen (off unless a meeting asks for it)
PUBLIC_ADDRESS = env.site("STUDYAPP_PUBLIC")
CODE_SECONDS = env.number("STUDYAPP_CODE_SECONDS", 10, 600)
CODE_GRACE = env.number("STUDYAPP_CODE_GRACE", 0, 600)

# Study hours a year (学时)
HOURS_MEMBER = env.number("STUDYAPP_HOURS_MEMBER", 0, 999)
HOURS_LEADER = env.number("STUDYAPP_HOURS_LEADER", 0, 999)
HOURS_HALF_DAY = env.number("STUDYAPP_HOURS_HALF_DAY", 1, 12)
HOURS_DAY = env.number("STUDYAPP_HOURS_DAY", 1, 24)

# Https
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_NAME = "__Host-sid" if HTTPS else "sid"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
if HTTPS:
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    # ProxyMiddleware takes it away from everybody but STUDYAPP_PROXIES.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

# Language and time
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# Files
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = DATA_DIR / "static"
MEDIA_ROOT = DATA_DIR / "media"
TESTING = "pytest" in sys.modules
# Hashed names need `manage.py collectstatic`; development and tests serve the folder itself.
_STATIC = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
    if DEBUG or TESTING
    else "whitenoise.storage.CompressedManifestStaticFilesStorage"
)
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = DEBUG or TESTING
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "studyapp.uploads.storing.WholeFiles"},
    "staticfiles": {"BACKEND": _STATIC},
}

# A page that takes so long stands on the status page; tests on a busy machine are no pages.
SLOW_SECONDS = 3600 if TESTING else 1

# Long work in child processes (ADR 0022)
JOBS = 0 if TESTING else env.number("STUDYAPP_JOBS", 0, 8)
# Work of tests is done in their own process and transaction, where nobody else sees its row.
JOB_BEAT_SECONDS = 3600 if TESTING else 2
JOB_LOST_SECONDS = 30
JOB_SECONDS = 30 * 60
JOB_MEMORY = 1024**3  # bytes

FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700
# Looks at what people upload (ADR 0034); None where the site has no scanner.
CLAMD = env.endpoint("STUDYAPP_CLAMD")
CLAMD_REQUIRED = env.flag("STUDYAPP_CLAMD_REQUIRED", needs="STUDYAPP_CLAMD")
# For one file, from connecting to the answer: meanwhile a worker takes no other upload.
CLAMD_SECONDS = 8.0
# Bytes of a request (web.bodies): a file, the text of any form, the text beside a file.
UPLOAD_LIMIT = 20 * 1024 * 1024
TEXT_LIMIT = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# Every file is read as a whole anyway: no second copy in /tmp beside the one that came (web.room).
FILE_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_LIMIT + DATA_UPLOAD_MAX_MEMORY_SIZE
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3000
DATA_UPLOAD_MAX_NUMBER_FILES = 5

MESSAGE_STORAGE = "studyapp.web.messages.Storage"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"axes": {"level": "ERROR"}},
}
# axes.W006: an address is never locked, duty rooms share it (security.md); accounts are.
# W002: framing is refused by the CSP (frame-ancestors), which every page carries.
SILENCED_SYSTEM_CHECKS = ["axes.W006", "security.W002"]
