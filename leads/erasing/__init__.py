"""Erasing what a lead's person has told, everywhere; the lead stays as an empty row that counts.

In two steps, since copies are made of what is read from the lead: `emptying` takes it out of the
lead's own rows, in one transaction that can't be undone; from then on no copy can be made. `copies`
then removes those that there are: rows of jobs, files of exports, lines and files of whoever sends
leads. What is still to do is a row (`models.Erasing`), so that nothing is forgotten by a crash.
"""
