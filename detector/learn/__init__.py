"""Makes models: generates attacks, reads labelled data, trains, calibrates, evaluates."""
