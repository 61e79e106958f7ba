"""Thin adapters to other people's engines; each imports its engine when it is used."""
