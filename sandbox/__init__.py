"""A stand-in for Slack with a web page, for the demo and the tests. Imports nothing else of the project."""
