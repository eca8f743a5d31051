"""Interactive pieces, each with a still stand-in for where no widget runs."""
