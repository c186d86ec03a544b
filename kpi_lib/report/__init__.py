"""Tables for people, sentences from numbers and the provenance box."""
