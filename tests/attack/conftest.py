from tests.http_api.conftest import affiliate, network

__all__ = ["affiliate", "network"]
