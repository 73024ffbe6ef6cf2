"""Reads results.json and draws it. From the repository's root: `from analysis.load import load`."""
