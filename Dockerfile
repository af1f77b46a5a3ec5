FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PRM_STATIC_ROOT=/srv/static \
    PRM_FILES=/srv/files

WORKDIR /srv/prm
RUN useradd --system --uid 10001 --no-create-home prm \
    && install --directory --owner=prm --group=prm --mode=0700 /srv/files

COPY requirements.lock ./
RUN pip install --require-hashes --only-binary=:all: --requirement requirements.lock

COPY . .
# The settings want values; none of these servers is reached while files are collected.
RUN SECRET_KEY=only-for-this-build \
    DATABASE_URL=postgres://prm@localhost/prm \
    REDIS_URL=redis://localhost/0 \
    python manage.py collectstatic --noinput --verbosity 0

USER 10001
EXPOSE 8000
# Any answer but a failure counts: the site may refuse the name localhost or redirect to https.
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import http.client as h, sys; c = h.HTTPConnection('localhost', 8000, timeout=4); c.request('GET', '/healthz'); sys.exit(c.getresponse().status >= 500)"]
CMD ["sh", "-c", "python -m prm.preflight && exec gunicorn prm.wsgi --bind 0.0.0.0:8000 --worker-class gthread --threads 4 --no-control-socket --access-logfile -"]
