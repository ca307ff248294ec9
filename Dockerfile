# syntax=docker/dockerfile:1
# Both images are Debian 13 with Python 3.13: what is built in one runs in the other. Before a release, pin each by its
# digest (docker buildx imagetools inspect IMAGE): --build-arg BUILD=python:3.13-slim-trixie@sha256:…
ARG BUILD=python:3.13-slim-trixie
ARG RUN=gcr.io/distroless/python3-debian13:nonroot

FROM ${BUILD} AS build
WORKDIR /src
COPY pyproject.toml README.md LICENSE constraints.txt ./
COPY mtlsaudit mtlsaudit
COPY rules rules
COPY reports reports
# The releases that the tests ran with.
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheel . \
    && pip install --no-cache-dir --only-binary=:all: -c constraints.txt --target /app /wheel/mtlsaudit-*.whl \
    && rm -rf /app/bin \
    && python -m compileall -q -j 0 --invalidation-mode unchecked-hash /app

FROM ${RUN}
COPY --from=build /app /app
ENV PYTHONPATH=/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# A number, so that runAsNonRoot can be checked.
USER 65532:65532
WORKDIR /tmp
# -P: without it Python would import from the working directory first, which may be the repository that is scanned.
ENTRYPOINT ["/usr/bin/python3", "-P", "-m", "mtlsaudit"]
CMD ["--help"]
