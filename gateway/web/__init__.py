"""HTTP, WebSocket, static pages, health and metrics."""
