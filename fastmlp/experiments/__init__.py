"""Experiments: named, seeded runs that leave a record."""
