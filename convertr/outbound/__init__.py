"""Calls to other people's servers: where they may go, how they are made, when they are repeated."""
