# One image for web, worker, beat and migrate: the command says which (docker-compose.yml).
FROM python:3.13-slim AS packages
WORKDIR /packages
COPY requirements/base.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r base.txt

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PRODUCTION=1 \
    CONVERTR_DATA=/data \
    STATIC_ROOT=/app/static-root
RUN groupadd --gid 10001 convertr \
    && useradd --uid 10001 --gid convertr --no-create-home --shell /usr/sbin/nologin convertr \
    && install -d -o convertr -g convertr -m 0700 /data
COPY --from=packages /venv /venv
WORKDIR /app
COPY . .
# The keys are for this one command; nothing is signed or encrypted with them.
RUN SECRET_KEY=only-while-building VAULT_KEYS=none ALLOWED_HOSTS=localhost \
        DATABASE_URL=postgres://none/none REDIS_URL=redis://none EMAIL_URL=consolemail:// \
        python manage.py collectstatic --noinput -v 0
USER convertr
VOLUME /data
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--no-ws", \
     "--workers", "2", "--blocking-threads", "32", "--respawn-failed-workers", \
     "--log-level", "error", "convertr.wsgi:application"]
