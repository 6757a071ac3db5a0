"""The API layer: against recorded bodies, a mocked server, real sockets, and the demo."""
