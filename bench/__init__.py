"""Benchmarks: one file per question, each printing ratios of two things measured in one run."""
