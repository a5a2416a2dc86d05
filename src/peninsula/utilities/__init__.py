"""Names that programs written for Prefect import from here."""
