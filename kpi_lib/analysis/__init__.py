"""One module per notebook: groups in, a frozen result out; never a path."""
