"""The shapes that go over the wire, as models with examples: the source of the OpenAPI schema and the app's types."""
