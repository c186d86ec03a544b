"""Commands of one topic each, mounted on the command line."""
