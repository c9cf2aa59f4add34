"""/v1/conversion-requests: the same services and permissions over HTTP (requests.md, "API")."""
