"""The boundary around client data: Phi, SafeText, the sealed format and its keys. Imports nothing else of the project."""
