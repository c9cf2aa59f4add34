"""What all CSV files about conversions share: keys, whole-file errors, examples, money, undo."""
