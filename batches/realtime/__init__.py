"""Leads sent one by one by HTTP, as they become valid (batches.md, "Real-time integrations")."""
