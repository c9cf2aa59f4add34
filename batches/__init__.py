"""Files of leads, sent to advertisers on time, once; and leads sent one by one (batches.md)."""
