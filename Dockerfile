# One image for every process; the command says which. Not yet run: checked by eye and by the tests' schema only.
FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/app
WORKDIR /app
COPY requirements-runtime.lock .
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r requirements-runtime.lock
RUN useradd --system --create-home --uid 10001 seatlog
COPY contracts contracts
COPY write_side write_side
COPY projections projections
COPY read_side read_side
COPY scenarios scenarios
USER seatlog
WORKDIR /home/seatlog
