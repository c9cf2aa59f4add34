"""What can be done with requests: raise, discuss, decide, process."""
