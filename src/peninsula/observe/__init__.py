"""Tell calls that flows make without a block, by the spans of OpenTelemetry's instrumentations."""
