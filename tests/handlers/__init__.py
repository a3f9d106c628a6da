"""The handlers' table against the views and the manifest."""
