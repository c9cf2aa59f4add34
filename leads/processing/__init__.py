"""Leads through their campaign's transforms and jobs: as they come in, and again (leads.md).

`batch` does it for any number of held leads in few statements; `queue` takes what came in,
`reprocessing` what a job asks for. The rules themselves are pure (leads.running).
"""
