"""What authors use: notebooks, book, offline kit, tests and benchmarks."""
