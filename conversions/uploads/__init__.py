"""The modal "Upload a CSV file": one tab for each kind of file that a person may upload."""
