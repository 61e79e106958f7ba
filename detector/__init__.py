"""Finds and removes spam and SEO injections in web pages."""

__version__ = "0.1.0"
