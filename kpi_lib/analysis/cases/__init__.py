"""What single cases show: traces of breaches to count and to read, and the stages a ticket's time went to."""
