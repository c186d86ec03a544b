"""The batch: plan, execute, export, manifest and index page."""
