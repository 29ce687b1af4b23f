"""Settings name infrastructure only, all of it from the environment; policy is rows (see each app's guide.py)."""

from pathlib import Path

from csp.constants import SELF
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from financy_support.environment import Environment

BASE_DIR = Path(__file__).resolve().parent.parent
env = Environment()

DESK_ENV = env.choice("DESK_ENV", ["development", "production", "test"], default="development")
PRODUCTION = DESK_ENV == "production"
DEBUG = env.flag("DESK_DEBUG", default=False)
SECRET_KEY = env.secret("DESK_SECRET_KEY", default="development-only-secret-key-of-the-desk-0123456789")
SECRET_KEY_FALLBACKS = env.words("DESK_SECRET_KEY_FALLBACKS")
DESK_FIELD_KEYS = env.field_keys("DESK_FIELD_KEYS")  # seal providers' secrets; newest first, then older ones
ALLOWED_HOSTS = env.words("DESK_HOSTS", default=["127.0.0.1", "localhost", "[::1]", "testserver"])
DESK_BASE_URL = env.url("DESK_BASE_URL", default=f"http://127.0.0.1:{env.number('DESK_PORT', default=8000)}")
DESK_STATE = Path(env.text("DESK_STATE", default=str(BASE_DIR / ".desk")))
DESK_MAILBOX = Path(env.text("DESK_MAILBOX", default=str(DESK_STATE / "mailbox")))
DESK_SUPPORT_ADDRESS = env.text("DESK_SUPPORT_ADDRESS", default="support@financy.example")
DESK_MAIL_DOMAIN = env.text("DESK_MAIL_DOMAIN", default=DESK_SUPPORT_ADDRESS.partition("@")[2])
# Who hears that words are late, past outbox and broker: a web address that takes {"text": …}, and mail addresses.
DESK_ALERT_URL = env.url("DESK_ALERT_URL", default="") if env.text("DESK_ALERT_URL", default="") else ""
DESK_ALERT_ADDRESS = env.words("DESK_ALERT_ADDRESS")
DESK_MAIL_LISTEN = env.words("DESK_MAIL_LISTEN")  # smtp://127.0.0.1:2526, lmtp://0.0.0.0:2424
# Who our own mail server is in Authentication-Results (RFC 8601). It must strip that header from mail of others.
DESK_AUTHSERV_ID = env.text("DESK_AUTHSERV_ID", default="")
# Where browsers reach the role `live`: its own port, or a path of the desk's own address behind a proxy.
DESK_LIVE_PORT = env.number("DESK_LIVE_PORT", default=8001)
DESK_LIVE_URL = env.url("DESK_LIVE_URL", default=f"http://127.0.0.1:{DESK_LIVE_PORT}")
DESK_LIVE_STREAMS = env.number("DESK_LIVE_STREAMS", default=2000)
# The sites that may show the chat in a frame, such as https://www.example.com; the desk itself always may.
DESK_WIDGET_ORIGINS = env.words("DESK_WIDGET_ORIGINS")
DESK_BLOCKING_THREADS = env.number("DESK_BLOCKING_THREADS", default=4)
DESK_WEB_WORKERS = env.number("DESK_WEB_WORKERS", default=2)
DESK_METRICS_TOKEN = env.token("DESK_METRICS_TOKEN")
env.refuse_unsafe_production(
    PRODUCTION, debug=DEBUG, secret_key=SECRET_KEY, field_keys=DESK_FIELD_KEYS, hosts=ALLOWED_HOSTS
)

DATABASES = {
    "default": env.database("DATABASE_URL"),
    # The owner migrates, installs triggers and runs the two functions that may touch history; nothing else uses it.
    "owner": env.database("DATABASE_OWNER_URL", fallback="DATABASE_URL"),
}
DATABASES["default"]["OPTIONS"]["prepare_threshold"] = 0  # concerns kept_cursor() alone: Django's own never prepares
if env.flag("DESK_DB_POOL", default=False):  # web only: Celery closes a pool after every task
    # A request that takes longer than any page does is ended by PostgreSQL, and so is one that forgot its transaction:
    # neither may keep a connection, or a ticket's lock, from everybody else. What DATABASE_URL says for itself wins.
    limits = "-c statement_timeout=30s -c idle_in_transaction_session_timeout=60s"
    DATABASES["default"]["OPTIONS"]["options"] = f"{limits} {DATABASES['default']['OPTIONS'].get('options', '')}"
    DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": DESK_BLOCKING_THREADS + 1, "timeout": 10}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 600
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ATOMIC_REQUESTS = False

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "financy_support.apps.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "simple_history",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "django_prometheus",
    "financy_support.desk",
    "financy_support.api",
    "communications",
    "knowledge",
    "tickets",
    "financy_support",
]

DESK_PROXIES = env.networks(
    "DESK_PROXIES", default=["127.0.0.0/8", "::1"] if PRODUCTION else []
)  # ours, before the desk
MIDDLEWARE = [
    "financy_support.behind_proxies.BehindProxies",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "financy_support.admin_door.AdminDoor",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "financy_support.urls"
WSGI_APPLICATION = "financy_support.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "financy_support" / "templates"],  # before the libraries' own
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_USER_MODEL = "desk.User"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # e-mail is unique whatever the case, by a constraint that the check cannot read
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/admin/login/"
LOGIN_REDIRECT_URL = "/admin/"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_HTTP_RESPONSE_CODE = 429
AXES_USERNAME_CALLABLE = "financy_support.second_factor.lockout_name"
AXES_LOCKOUT_TEMPLATE = "admin/locked_out.html"
OTP_TOTP_ISSUER = "Financy support desk"
# A second factor is asked of staff; a local trial desk may let people in without until they set one up.
DESK_SECOND_FACTOR = env.flag("DESK_SECOND_FACTOR", default=PRODUCTION)

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("pt", _("Portuguese")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "financy_support" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = DESK_STATE / "static"
MEDIA_ROOT = Path(env.text("DESK_MEDIA", default=str(DESK_STATE / "media")))  # outside the web root; served by a view
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION

EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
vars().update(env.email("EMAIL_URL", default="smtp://127.0.0.1:2525"))
EMAIL_TIMEOUT = 15
# A provider's own API instead of SMTP: DESK_EMAIL_PROVIDER=postmark, its key ANYMAIL_POSTMARK_SERVER_TOKEN and so on.
DESK_EMAIL_PROVIDER, ANYMAIL = env.mail_provider("DESK_EMAIL_PROVIDER", prefix="ANYMAIL_")
if DESK_EMAIL_PROVIDER:
    EMAIL_BACKEND = f"anymail.backends.{DESK_EMAIL_PROVIDER}.EmailBackend"
    ANYMAIL["REQUESTS_TIMEOUT"] = EMAIL_TIMEOUT
WEBHOOKS_TO_LOOPBACK = env.flag("DESK_WEBHOOKS_TO_LOOPBACK", default=not PRODUCTION)  # http:// and this machine, too
PROVIDER_TIMEOUT = 10.0  # seconds that any other provider may take to answer
DEFAULT_FROM_EMAIL = f"Financy Support <{DESK_SUPPORT_ADDRESS}>"
SERVER_EMAIL = DEFAULT_FROM_EMAIL

CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", default="redis://127.0.0.1:6379/0")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
# Promises wait for nothing else: a worker that a mail server keeps waiting takes no sweeps.
CELERY_TASK_ROUTES = {"financy_support.tasks.sweep": {"queue": "sweep"}}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_TIME_LIMIT = 600

SIMPLE_HISTORY_ENABLED = False  # PostgreSQL writes history; the library gives models, admin and diffs
SIMPLE_HISTORY_DATE_INDEX = False
SIMPLE_HISTORY_REVERT_DISABLED = True

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["financy_support.api.authentication.BearerToken"],
    "DEFAULT_PERMISSION_CLASSES": ["financy_support.api.permissions.DenyAll"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["financy_support.api.filters.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "financy_support.api.pagination.CursorPage",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["financy_support.api.throttles.PerActorThrottle"],
    "EXCEPTION_HANDLER": "financy_support.api.problems.problem_response",
    "PAGE_SIZE": 25,
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
DESK_API_REQUESTS_PER_MINUTE = env.number("DESK_API_REQUESTS_PER_MINUTE", default=600)
DESK_CHAT_VISITORS_PER_MINUTE = env.number("DESK_CHAT_VISITORS_PER_MINUTE", default=20)  # new ones, of one address
SPECTACULAR_SETTINGS = {
    "TITLE": "Financy support desk",
    "DESCRIPTION": "Tickets, customers, deadlines, messages and their history. Errors are RFC 9457 problem documents.",
    "VERSION": "1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "TicketStatusEnum": "tickets.models.ticket.Status",
        "AppointmentStatusEnum": "tickets.models.appointment.AppointmentStatus",
        "DeliveryStateEnum": "communications.models.DeliveryState",
        "RevisionStateEnum": "knowledge.models.RevisionState",
        "CheckKindEnum": "knowledge.models.CheckKind",
        "AssignmentKindEnum": "knowledge.models.AssignmentKind",
        "FeedbackKindEnum": "knowledge.models.FeedbackKind",
        "FeedbackStateEnum": "knowledge.models.FeedbackState",
        "LearningKindEnum": "knowledge.models.LearningKind",
    },
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "script-src": [SELF],
        "connect-src": [SELF, env.origin_of(DESK_LIVE_URL)],
        "style-src": [SELF, "'unsafe-inline'"],
        "frame-ancestors": ["'none'"],
        "form-action": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REDIRECT_EXEMPT = [r"^health/"]  # probes come from inside, without TLS
if env.flag("DESK_BEHIND_TLS_PROXY", default=False):  # only then may a peer say that the customer came by TLS
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {
        "handlers": ["console"],
        "level": env.choice("DESK_LOG_LEVEL", ["DEBUG", "INFO", "WARNING"], default="INFO"),
    },
    "loggers": {"django.server": {"level": "WARNING"}, "axes": {"level": "WARNING"}},
}

UNFOLD = {
    "SITE_TITLE": _("Financy support desk"),
    "SITE_HEADER": _("Financy support desk"),
    "SITE_SYMBOL": "support_agent",
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("desk/favicon.svg")}],
    "STYLES": [lambda request: static("desk/desk.css")],
    "SCRIPTS": [lambda request: static("desk/desk.js"), lambda request: static("desk/live.js")],
    "DASHBOARD_CALLBACK": "financy_support.dashboard.today",
    "SIDEBAR": {"show_search": True, "navigation": "financy_support.dashboard.navigation"},
}
