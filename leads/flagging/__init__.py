"""Doing something with leads that are there: flag, deliver, mark, reprocess, delete (leads.md).

The wizard and the API both come here. A kind of job for each act (`kinds`) judges its rows in one
statement (`resolve`) and writes them in a few (`changes`).
"""
