"""What `/metrics` shows, in the Prometheus text format."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counters of one service; each service has its own registry."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self.requests = Counter(
            "detector_requests", "Requests answered.", ["route", "status"], registry=registry
        )
        self.seconds = Histogram(
            "detector_request_duration_seconds", "From a request's head to its answer.",
            ["route"], buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self.pages = Counter(
            "detector_pages", "Pages scanned, by what follows.", ["action"], registry=registry
        )
        self.scan = Histogram(
            "detector_scan_duration_seconds", "Of a page in its worker.",
            buckets=SECONDS, registry=registry,
        )  # fmt: skip
        self.errors = Counter(
            "detector_page_errors", "Pages without a verdict.", ["kind"], registry=registry
        )
        self.refused = Counter(
            "detector_refused", "Requests refused, by reason.", ["reason"], registry=registry
        )
        self.feedback = Counter(
            "detector_feedback", "Decisions and feedback of people.", ["label"], registry=registry
        )
        self.queued = Gauge(
            "detector_pages_waiting", "Pages no worker has begun.", registry=registry
        )
        self.replaced = Gauge(
            "detector_workers_replaced", "Workers lost since the start.", registry=registry
        )
        self.outbox = Gauge("detector_outbox_waiting", "Webhook messages due.", registry=registry)
        self.model = Gauge(
            "detector_model_info", "The model in use.", ["name", "version", "sha256"],
            registry=registry,
        )  # fmt: skip

    def text(self) -> bytes:
        """The exposition."""
        return generate_latest(self.registry)
