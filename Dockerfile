# Headroom for a team: no compiler, no root, nothing written but the workspace.
#
#   docker build --tag headroom .
#   docker run --publish 127.0.0.1:8787:8787 --volume headroom:/var/lib/headroom --read-only \
#     --tmpfs /tmp headroom
#
# docs/operations.md says the rest.

FROM python:3.11-slim AS build
WORKDIR /src
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/headroom
COPY requirements.lock requirements-dev.lock ./
# All that it stands on, as wheels, by hash; of the other lock what --store redis:// needs.
RUN /opt/headroom/bin/pip install --quiet --only-binary :all: --require-hashes --no-deps \
    --requirement requirements.lock
RUN sed -n '/^redis==/,/[^\\]$/p' requirements-dev.lock > redis.lock \
    && /opt/headroom/bin/pip install --quiet --only-binary :all: --require-hashes --no-deps \
    --requirement redis.lock
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN /opt/headroom/bin/pip install --quiet --no-deps --no-build-isolation .

FROM python:3.11-slim
RUN groupadd --gid 10001 headroom \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /var/lib/headroom \
    --shell /usr/sbin/nologin headroom \
    && install --directory --owner headroom --group headroom --mode 0700 /var/lib/headroom
COPY --from=build /opt/headroom /opt/headroom
ENV PATH=/opt/headroom/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HEADROOM_WORKSPACE_DIR=/var/lib/headroom
USER 10001:10001
WORKDIR /var/lib/headroom
VOLUME /var/lib/headroom
EXPOSE 8787
# As long as running calls may take to end, and a little more: docker stop --time 35.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8787/readyz', timeout=4)"]
CMD ["headroom", "proxy", "--host", "0.0.0.0"]
